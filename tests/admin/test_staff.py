"""The operator's pages: brands to verify, jobs, parked work; development pages."""

from types import SimpleNamespace

import pytest
from flask import Flask

from marketplace import clock, db, deadlines, events
from marketplace.accounts.events import CodeAsked
from marketplace.admin import dev
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
    delivery.parked_at, delivery.attempts, delivery.last_error = clock.now(), 8, "KeyError: 'x'"
    client.sign_in(factories.staff("finance"))
    page = client.get("/staff/jobs").text
    assert "re-deliver late reactions" in page
    assert "accounts.code_asked" in page
    assert "KeyError" in page
    address = f"/staff/jobs/deliveries/{db.short(delivery.id)}/again"
    assert client.submit(address).status_code == 403
    client.sign_in(factories.staff("admin"))
    assert client.submit(address).location == "/staff/jobs"
    assert delivery.parked_at is None
    assert delivery.attempts == 0


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
