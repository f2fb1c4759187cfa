"""The components in a real browser: accessible, usable without scripts, and a failed request loses nothing typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, render_template, render_template_string
from playwright.sync_api import Browser, Page, Route, expect

from marketplace import web
from tests import axe

SITE = "http://goodword.test"
FORM = """
{% extends "_layouts/public.html" %}{% block title %}Form{% endblock %}
{% block main %}<h1>Form</h1>
<form method="post" action="/dev/answer" hx-post="/dev/answer" hx-target="this">
<label for="words">Words</label><textarea id="words" name="words">{{ words }}</textarea>
{% if words %}<p id="refused">Say more.</p>{% endif %}<button>Send</button></form>{% endblock %}
"""
GUARDED = FORM.replace('method="post" action="/dev/answer" hx-post="/dev/answer" hx-target="this"', "data-guard")
UPLOAD = """
{% extends "_layouts/public.html" %}{% block title %}Upload{% endblock %}
{% block main %}<h1>Upload</h1><form method="post" enctype="multipart/form-data" action="/dev/upload"><div data-drop>
<input type="file" name="file" aria-label="File"><ul data-drop-files></ul><progress max="100" value="0" hidden></progress></div>
<button>Send</button></form>{% endblock %}
"""

Serve = Callable[[Page, dict[str, Any]], None]


@pytest.fixture
def serve(app: Flask) -> Serve:
    """`serve(page, pages)`: the site in one process: bundles and static files from the app, the rest from `pages`.

    A page is HTML, or a function of the route for anything else.
    """

    def install(page: Page, pages: dict[str, Any]) -> None:
        def answer(route: Route) -> None:
            path = route.request.url.removeprefix(SITE).partition("#")[0]
            made = pages.get(path)
            if callable(made):
                made(route)
            elif made is not None:
                html(route, made)
            else:
                got = app.test_client().get(path)
                route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.data)

        page.route("**/*", answer)

    return install


def html(route: Route, body: str, status: int = 200) -> None:
    """Answer as the app does, security policy included."""
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": web.POLICY}
    route.fulfill(status=status, headers=headers, body=body)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_components_page_has_no_violation_and_no_sideways_scroll(
    browser: Browser, serve: Serve, scheme: Any, width: int
):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    serve(page, {"/dev/components": render_template("admin/components.html")})
    page.goto(f"{SITE}/dev/components")
    assert axe.complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_a_dialog_opens_and_closes_with_and_without_scripts(page: Page, page_without_script: Page, serve: Serve):
    for window in (page, page_without_script):
        serve(window, {"/dev/components": render_template("admin/components.html")})
        window.goto(f"{SITE}/dev/components")
        question = window.get_by_role("heading", name="Decline this application?")
        expect(question).to_be_hidden()
        window.get_by_role("button", name="Decline", exact=True).click()
        expect(question).to_be_visible()
        window.locator("#decline").get_by_label("Close").click()
        expect(question).to_be_hidden()


def test_the_theme_is_remembered_in_the_cookie_the_server_reads(page: Page, serve: Serve):
    serve(page, {"/dev/components": render_template("admin/components.html")})
    page.goto(f"{SITE}/dev/components")
    page.get_by_label("Switch between light and dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert "theme=dark" in page.evaluate("document.cookie")


def test_the_sign_up_page_says_which_zone_the_browser_lives_in(browser: Browser, client: Any, serve: Serve):
    context = browser.new_context(timezone_id="America/Los_Angeles")
    page = context.new_page()
    serve(page, {"/sign-up": client.get("/sign-up?as=creator").text})
    page.goto(f"{SITE}/sign-up")
    expect(page.locator("input[name=zone]")).to_have_value("America/Los_Angeles")
    context.close()


def test_the_cross_of_a_long_notice_keeps_its_size(page: Page, serve: Serve):
    long = "Everything about this deal is settled, and the payment is on its way to you. " * 2
    said = render_template_string(
        """{% extends "_layouts/public.html" %}{% block title %}x{% endblock %}
        {% block main %}{% from "_components/toast.html" import toast %}<h1>x</h1>
        <div class="toasts">{{ toast("Short.") }}{{ toast(long, "bad") }}</div>{% endblock %}""",
        long=long,
    )
    serve(page, {"/dev/toast": said})
    page.goto(f"{SITE}/dev/toast")
    short, long_one = page.locator(".toast__close svg").evaluate_all("all => all.map((one) => one.clientWidth)")
    assert long_one == short >= 16


def test_tabs_fade_where_more_of_them_are_beyond_an_edge(page: Page, serve: Serve):
    said = render_template_string(
        """{% extends "_layouts/public.html" %}{% block title %}x{% endblock %}
        {% block main %}{% from "_components/tabs.html" import tabs %}<h1>x</h1>
        {% for many in (2, 9) %}{{ tabs([{"href": "#", "label": "Statements"}] * many) }}{% endfor %}{% endblock %}"""
    )
    serve(page, {"/dev/tabs": said})
    page.goto(f"{SITE}/dev/tabs")
    fades = """(one) => ["--tabs-before", "--tabs-after"].map((name) => getComputedStyle(one).getPropertyValue(name))"""
    few, many = page.locator(".tabs").all()
    assert few.evaluate(fades) == ["0px", "0px"], "they all fit"
    assert many.evaluate(fades) == ["0px", "40px"]
    many.evaluate("(one) => { one.scrollLeft = one.scrollWidth; return new Promise(requestAnimationFrame); }")
    assert many.evaluate(fades) == ["40px", "0px"]


def test_a_board_of_five_stages_fits_a_laptop_and_where_it_does_not_it_fades_at_its_edge(desk_page: Page, serve: Serve):
    said = render_template_string(
        """{% extends "_layouts/app.html" %}{% block title %}x{% endblock %}
        {% block main %}{% from "_components/board.html" import board %}<h1>x</h1>
        {{ board([{"title": "Shortlist", "cards": ["Maya Lindqvist"]}] * 5, "Stages") }}{% endblock %}"""
    )
    serve(desk_page, {"/dev/board": said})
    desk_page.goto(f"{SITE}/dev/board")
    stages = desk_page.locator(".board")
    beyond = "(one) => one.scrollWidth - one.clientWidth"
    fade = """(one) => getComputedStyle(one).getPropertyValue("--tabs-after")"""
    assert stages.evaluate(beyond) == 0
    assert stages.evaluate(fade) == "0px"
    desk_page.set_viewport_size({"width": 1000, "height": 800})
    assert stages.evaluate(beyond) > 0
    assert stages.evaluate(fade) == "40px"
    assert desk_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls inside itself"


def test_all_rows_of_a_page_can_be_chosen_at_once(page: Page, serve: Serve):
    serve(page, {"/dev/components": render_template("admin/components.html")})
    page.goto(f"{SITE}/dev/components")
    page.get_by_label("All on this page").check()
    expect(page.get_by_label("Choose row 3")).to_be_checked()
    expect(page.get_by_text("3 chosen")).to_be_visible()
    page.get_by_label("Choose row 2").uncheck()
    expect(page.get_by_text("2 chosen")).to_be_visible()


def test_a_refused_form_comes_back_with_what_was_typed(page: Page, serve: Serve):
    def refuse(route: Route) -> None:
        html(route, '<form id="again"><textarea name="words">tea</textarea><p>Say more.</p></form>', 422)

    serve(page, {"/dev/form": render_template_string(FORM), "/dev/answer": refuse})
    page.goto(f"{SITE}/dev/form")
    page.get_by_label("Words").fill("tea")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Say more.")).to_be_visible()
    expect(page.locator("textarea")).to_have_value("tea")


@pytest.mark.parametrize("status", [403, 409, 500])
def test_an_error_page_says_so_above_and_leaves_the_form_alone(page: Page, serve: Serve, status: int):
    said = render_template(f"errors/{status}.html", sentence="It was replaced by a newer one.")

    def fail(route: Route) -> None:
        html(route, said, status)

    serve(page, {"/dev/form": render_template_string(FORM), "/dev/answer": fail})
    page.goto(f"{SITE}/dev/form")
    page.get_by_label("Words").fill("tea")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#problem").get_by_text("It was replaced by a newer one.")).to_be_visible()
    expect(page.get_by_label("Words")).to_have_value("tea")
    assert page.title().startswith("Form")
    assert page.url == f"{SITE}/dev/form"


def test_a_lost_connection_or_session_says_so_and_leaves_the_form_alone(browser: Browser, serve: Serve):
    page = browser.new_page()  # not the watched one: htmx tells the console of a lost connection
    words = ["That did not reach us.", "You are signed out."]
    asked: list[str] = []

    def fail(route: Route) -> None:
        asked.append(route.request.method)
        if len(asked) == 1:
            route.abort()
        else:
            route.fulfill(status=401, headers={"HX-Redirect": "/sign-in"})

    serve(page, {"/dev/form": render_template_string(FORM), "/dev/answer": fail})
    page.goto(f"{SITE}/dev/form")
    page.get_by_label("Words").fill("tea")
    for sentence in words:
        page.get_by_role("button", name="Send").click()
        expect(page.locator("#problem").get_by_text(sentence)).to_be_visible()
        expect(page.get_by_label("Words")).to_have_value("tea")
    page.close()


def test_an_upload_shows_its_files_and_lands_on_the_page_the_server_leads_to(page: Page, serve: Serve):
    serve(
        page,
        {
            "/dev/upload-form": render_template_string(UPLOAD),
            "/dev/upload": "<!doctype html><html lang='en'><title>There</title><body><h1>Stored</h1></body></html>",
        },
    )
    page.goto(f"{SITE}/dev/upload-form")
    page.get_by_label("File").set_input_files({"name": "reel.mp4", "mimeType": "video/mp4", "buffer": b"x" * 1500})
    expect(page.get_by_text("reel.mp4, 2 kB")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Stored")).to_be_visible()


def test_a_chosen_file_stays_chosen_when_the_form_comes_back_refused(page: Page, serve: Serve):
    form = render_template_string(UPLOAD)
    refused = form.replace("<h1>Upload</h1>", "<h1>Say more</h1>")
    pages = {"/dev/upload-form": form, "/dev/upload": lambda route: html(route, refused, 422)}
    serve(page, pages)
    page.goto(f"{SITE}/dev/upload-form")
    page.get_by_label("File").set_input_files(VIDEO)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Say more")).to_be_visible()
    expect(page.get_by_text("reel.mp4, 1 kB")).to_be_visible()
    assert page.get_by_label("File").evaluate("input => input.files.length") == 1


def test_unsent_words_are_asked_about_before_they_are_left(page: Page, serve: Serve):
    serve(page, {"/dev/form": render_template_string(GUARDED), "/elsewhere": "<title>x</title>"})
    page.goto(f"{SITE}/dev/form")
    page.get_by_label("Words").press_sequentially("tea")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.evaluate("location.href = '/elsewhere'")
    page.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    expect(page.get_by_label("Words")).to_have_value("tea")


KINDS = {"plain": FORM.replace(' hx-post="/dev/answer" hx-target="this"', ""), "htmx": FORM, "upload": UPLOAD}
TAPS = "button => [0, 60, 250].forEach((wait) => setTimeout(() => button.click(), wait))"
VIDEO: Any = {"name": "reel.mp4", "mimeType": "video/mp4", "buffer": b"x"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_tapped_twice_is_sent_once(page: Page, serve: Serve, kind: str):
    held: list[Route] = []
    form = render_template_string(KINDS[kind])
    serve(page, {"/dev/form": form, "/dev/answer": held.append, "/dev/upload": held.append})
    page.goto(f"{SITE}/dev/form")
    if kind == "upload":
        page.get_by_label("File").set_input_files(VIDEO)
    page.get_by_role("button", name="Send").evaluate(TAPS)
    page.wait_for_timeout(500)
    assert len(held) == 1
    html(held[0], "<!doctype html><html lang='en'><title>x</title><body><form><h1>There</h1></form></body></html>")
    expect(page.get_by_role("heading", name="There")).to_be_visible()


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_whose_answer_is_there_or_never_came_may_be_sent_again_at_once(
    browser: Browser, serve: Serve, kind: str
):
    page, sent = browser.new_page(), []  # not the watched one: htmx tells the console of a lost connection

    def answer(route: Route) -> None:
        sent.append(route.request.url)
        html(route, "<title>x</title><h1>There</h1>") if kind == "plain" else route.abort()

    serve(page, {"/dev/form": render_template_string(KINDS[kind]), "/dev/answer": answer, "/dev/upload": answer})
    page.goto(f"{SITE}/dev/form")
    if kind == "upload":
        page.get_by_label("File").set_input_files(VIDEO)
    page.get_by_role("button", name="Send").click()
    if kind == "plain":
        expect(page.get_by_role("heading", name="There")).to_be_visible()
        page.go_back()
    else:
        expect(page.locator("#problem").get_by_text("That did not reach us.")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    page.wait_for_timeout(300)
    assert len(sent) == 2
    page.close()
