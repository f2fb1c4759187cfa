"""The operator's pages: brands to verify, jobs, parked work; development pages."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app import reactions, schedule
from marketplace import clock as time
from marketplace import db, deadlines, events, jobs
from marketplace.accounts.events import CodeAsked
from marketplace.admin import delivery_words, dev, job_words
from marketplace.authz import CLOCK
from marketplace.brands import queries as brands
from marketplace.brands import service as profiles
from marketplace.events import EventDelivery
from tests import factories
from tests.pages_of_deals import read

TEST = deadlines.kind("tests.staff", days=3, asks="Answer the letter", silence="it is burnt.")


def test_staff_verify_an_unverified_brand(client) -> None:
    brand = factories.brand(verified=False)
    client.sign_in(factories.staff("support"))
    assert "1 brand waits to be verified" in client.get("/staff").text
    page = f"/staff/brands/{db.short(brand.party.id)}"
    assert client.submit(f"{page}/verify").location == page
    assert brands.may_reach_creators(brand.party.id)
    text = client.get("/staff").text
    assert "waits to be verified" not in text
    assert "Nothing waits." in text


@pytest.mark.parametrize(
    ("site", "mail", "says"),
    [
        ("https://www.bramble.example/tea", "bram@bramble.example", "As the site"),
        ("https://shop.bramble.example", "bram@bramble.example", "As the site"),
        ("https://bramble.example", "bram@notbramble.example", "Not as the site"),
        ("", "bram@bramble.example", "No site to compare with"),
    ],
)
def test_staff_see_what_there_is_to_judge_a_brand_by(client, site, mail, says) -> None:
    brand = factories.brand(verified=False, email=mail)
    profile = profiles.profile_of(brand.party.id)
    words = {"story": "We blend it by hand.", "values": "", "category": "tea"}
    profiles.write_profile(profile, site=site, **words, by=brand.actor)
    factories.draft_brief(brand)
    client.sign_in(factories.staff("finance"))
    (link,) = read(client.get("/staff/brands")).select("th a")
    page = read(client.get(link["href"]))
    text = " ".join(page.get_text(" ").split())
    for fact in (says, f"Bram Brand, {mail}", "We blend it by hand.", "A reel about the new Ceylon tin", "Draft"):
        assert fact in text
    assert page.select_one(f'a[href="/brands/{profile.slug}"]')
    outside = page.select_one(f'a[href="{site}"]') if site else None
    assert outside is None or {"noopener", "nofollow"} <= set(outside["rel"])
    assert page.select_one('form[action$="/verify"]') is None, "finance does not vouch"
    client.sign_in(factories.staff("support"))
    assert read(client.get(link["href"])).select_one('form[action$="/verify"]')


def test_the_portal_says_what_waits_at_home(client) -> None:
    person = factories.staff()
    deadlines.start(TEST, owner=person.party.id, subject=("thing", db.new_id()), zone="UTC", by=CLOCK)
    client.sign_in(person)
    text = client.get("/staff").text
    assert "1 thing waits for you" in text
    assert "Nothing waits." not in text
    assert "no difference to settle" in text


@pytest.mark.parametrize("address", ["/staff", "/staff/jobs", "/staff/brands"])
def test_only_the_operator_sees_staff_pages(client, address) -> None:
    assert client.get(address).location.startswith("/sign-in")
    client.sign_in(factories.brand())
    assert client.get(address).status_code == 403


def test_the_job_screen_shows_the_schedule_and_parked_deliveries_and_sends_them_again(client) -> None:
    row = events.emit(CodeAsked(db.new_id()), by=CLOCK)
    delivery = db.session.query(EventDelivery).filter_by(event_id=row.id).one()
    delivery.parked_at, delivery.attempts, delivery.last_error = time.now(), 8, "KeyError: 'x'"
    client.sign_in(factories.staff("finance"))
    page = client.get("/staff/jobs").text
    assert "Delivers news that got stuck." in page
    assert "old_mail" not in page
    assert "Somebody asked for a six-digit code" in page
    assert "Those it concerns were not told" in page
    assert "accounts.code_asked, notifications.reactions.send_code: KeyError" in page, "for a developer"
    assert "KeyError" in page
    address = f"/staff/jobs/deliveries/{db.short(delivery.id)}/again"
    assert client.submit(address).status_code == 403
    client.sign_in(factories.staff("admin"))
    assert client.submit(address).location == "/staff/jobs"
    assert delivery.parked_at is None
    assert delivery.attempts == 0


@jobs.job
def breaks() -> None:
    raise KeyError("the shop")


@jobs.job
def works() -> None:
    pass


def test_the_job_screen_says_how_each_scheduled_job_went_and_what_to_do_about_one_that_fails(
    client, app, clock, run_jobs, monkeypatch
) -> None:
    lines = [
        jobs.Scheduled("mail", timedelta(minutes=1), breaks, "a test"),
        jobs.Scheduled("digests", timedelta(hours=6), works, "a test"),
    ]
    monkeypatch.setitem(app.extensions, "schedule", lambda: lines)
    client.sign_in(factories.staff("admin"))

    def shown() -> list[str]:
        rows = BeautifulSoup(client.get("/staff/jobs").text, "html.parser").select("tbody tr")
        return [" ".join(row.get_text(" ").split()) for row in rows]

    assert all("Has not run yet" in row for row in shown())
    for minutes in (0, 1):
        clock.travel(timedelta(minutes=minutes))
        jobs.tick(lines)
        run_jobs(failures=True)
    failed, well = shown()
    assert failed.startswith("Mail")
    for words in ("Failed", "See that the mail server", "failed 2 times in a row", "never gone well", "KeyError"):
        assert words in failed, words
    assert "Went well" in well
    assert "Mar 2, 2026, 6:00" in well  # the next slot of six hours, in UTC
    clock.travel(timedelta(days=1))
    assert any("Overdue" in row and "See that a worker and the ticker are running" in row for row in shown())


def test_a_scheduled_job_that_keeps_failing_waits_for_the_operator_and_one_bad_minute_does_not(
    client, app, clock, run_jobs, monkeypatch
) -> None:
    lines = [jobs.Scheduled("mail", timedelta(minutes=1), breaks, "a test")]
    monkeypatch.setitem(app.extensions, "schedule", lambda: lines)
    client.sign_in(factories.staff("support"))

    def rows() -> list[str]:
        return [row.get_text(" ") for row in read(client.get("/home")).select(".queue__row--mine")]

    for times in range(3):
        assert not any("keeps failing" in row for row in rows()), times
        assert "keeps failing" not in client.get("/staff").text
        clock.travel(timedelta(minutes=1))
        jobs.tick(lines)
        run_jobs(failures=True)
    assert any("See why 1 job keeps failing" in row for row in rows())
    assert "1 job keeps failing" in client.get("/staff").text
    lines.clear()
    assert not any("keeps failing" in row for row in rows()), "it is not in the schedule any more"


def test_what_gave_up_has_words_for_each_fact_and_each_reaction(app) -> None:
    installed = reactions()
    assert {cls.event_name for cls in installed} == set(delivery_words.HAPPENED)
    every = {events.reaction_name(function) for functions in installed.values() for function in functions}
    assert {name for name in every if not name.startswith("notifications.")} == set(delivery_words.UNDONE)


@pytest.mark.plain
def test_every_scheduled_job_has_words() -> None:
    assert {line.name for line in schedule()} == set(job_words.WORDS)


def test_development_has_a_mailbox_and_a_page_of_components(client, run_jobs) -> None:
    typed = {"name": "Cleo", "email": "cleo@example.com", "password": factories.PASSWORD, "country": "PT"}
    client.submit("/sign-up?as=creator", typed)
    run_jobs()
    assert "cleo@example.com" in client.get("/dev/mailbox").text
    assert client.get("/dev/components").status_code == 200


@pytest.mark.plain
def test_production_has_neither() -> None:
    app = Flask("production")
    app.config["SETTINGS"] = SimpleNamespace(environment="production")
    dev.install(app)
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/dev")]
