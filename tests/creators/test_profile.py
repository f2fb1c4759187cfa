"""A creator's profile: steps, checklist, rates with history, and what strangers see."""

import io
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image

from marketplace import clock as time
from marketplace import db
from marketplace.creators import queries, rates, service
from marketplace.creators.models import AudienceSnapshot
from marketplace.errors import Refused
from marketplace.files import StoredFile
from marketplace.money import Money
from tests import factories
from tests.payments.threads import at_once, committed_database
from tests.services import Services


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    out.seek(0)
    return out


@pytest.fixture
def cleo(client):
    person = factories.creator(ready=False)
    client.sign_in(person)
    return person


@pytest.fixture
def profile(cleo):
    return service.profile_of(cleo.party.id)


def test_to_apply_she_needs_a_handle_followers_a_country_a_niche_and_one_sample(client, cleo, profile) -> None:
    assert len(service.ready_to_apply(profile)) == 4  # the country is known since sign-up
    client.submit("/profile/basics", {"handle": "Cleo.Eats", "country": "US", "niches": ["food"]})
    client.submit("/profile/accounts", {"platform": "tiktok", "handle": "@cleo", "followers": "1200"})
    assert [item.asks for item in service.ready_to_apply(profile)] == ["Show one piece of work"]
    assert "1 thing is left" in client.get("/profile").text
    client.submit("/profile/samples", {"title": "Toast", "url": "https://example.com/toast"})
    assert service.ready_to_apply(profile) == []
    assert "You can apply to briefs" in client.get("/profile").text


@pytest.mark.parametrize("step", ["", "/basics", "/accounts", "/samples", "/rates", "/style", "/private"])
def test_every_step_opens_for_a_creator_and_for_nobody_else(client, cleo, step) -> None:
    assert client.get(f"/profile{step}").status_code == 200
    client.sign_in(factories.brand())
    assert client.get(f"/profile{step}").status_code == 403


@pytest.mark.parametrize("handle", ["", "a", "white space", "-x-", "ümlaut", "x" * 40, "../../etc"])
def test_a_bad_handle_is_refused_beside_its_field(client, cleo, handle) -> None:
    answer = client.submit("/profile/basics", {"handle": handle, "country": "US"})
    assert answer.status_code == 422
    assert BeautifulSoup(answer.data, "html.parser").find(id="handle-error")


def test_a_taken_handle_is_refused(client, cleo, profile) -> None:
    other = factories.creator("Otto Other")
    taken = service.profile_of(other.party.id).handle
    assert "taken" in client.submit("/profile/basics", {"handle": taken.upper(), "country": "US"}).text


@pytest.mark.parametrize(("years", "fine"), [(17, False), (18, True)])
def test_adults_only(cleo, profile, years, fine) -> None:
    today = time.today(cleo.actor.zone)
    born = date(today.year - years, today.month, min(today.day, 28))
    if fine:
        assert service.set_birth_date(profile, born, by=cleo.actor).birth_date == born
    else:
        with pytest.raises(Refused, match="18 or older"):
            service.set_birth_date(profile, born, by=cleo.actor)
        with pytest.raises(Refused, match="not a date of birth"):
            service.set_birth_date(profile, today + timedelta(days=1), by=cleo.actor)


def test_every_figure_leaves_a_dated_snapshot_with_its_source(clock, cleo, profile) -> None:
    account = service.note_account(profile, platform="x", handle="cleo", followers=900, by=cleo.actor)
    clock.travel(timedelta(days=30))
    service.note_account(profile, platform="x", handle="@Cleo", followers=1500, by=cleo.actor)
    rows = db.session.scalars(
        sa.select(AudienceSnapshot).where(AudienceSnapshot.account_id == account.id).order_by(AudienceSnapshot.id)
    ).all()
    assert [(row.followers, row.source) for row in rows] == [(900, "typed"), (1500, "typed")]
    assert account.followers == 1500
    assert queries.tier(account.followers) == "nano"


def test_an_account_is_known_by_its_name_also_where_its_address_was_pasted(cleo, profile) -> None:
    for typed in ("https://www.tiktok.com/@cleo.eats/?lang=en#top", "tiktok.com/@cleo.eats", " @cleo.eats "):
        assert service.note_account(profile, platform="tiktok", handle=typed, followers=9, by=cleo.actor).handle == (
            "cleo.eats"
        )


def test_the_rate_card_keeps_its_history(clock, cleo, profile) -> None:
    rates.set_price(profile, "instagram", "reel", Money(30_000, "USD"), by=cleo.actor)
    clock.travel(timedelta(days=1))
    rates.set_price(profile, "instagram", "reel", Money(40_000, "USD"), by=cleo.actor)
    assert [row.amount.minor for row in rates.history(cleo.party.id)] == [40_000, 30_000]
    assert rates.card(cleo.party.id).prices == {("instagram", "reel"): Money(40_000, "USD")}


def test_the_rate_card_promises_a_word_only_where_a_brief_offers_less(client, cleo) -> None:
    assert "Where a brief offers less than your prices, its page says so" in client.get("/profile/rates").text
    assert "where each figure comes from, and from which day" in client.get("/profile/accounts").text


def test_multipliers_are_typed_in_percent(client, cleo, profile) -> None:
    assert client.submit("/profile/multipliers", {"paid_use": "32.5", "show_rates": "y"}).status_code == 303
    assert profile.multipliers == {"paid_use": 3250}
    assert client.submit("/profile/multipliers", {"paid_use": "-3"}).status_code == 422
    assert client.submit("/profile/rates", {"platform": "x", "format": "thread", "amount": "0"}).status_code == 422


def test_a_photo_is_uploaded_and_shown(client, cleo, profile) -> None:
    sent = {"handle": "cleo.eats", "country": "US", "photo": (picture(), "me.png")}
    assert client.submit("/profile/basics", sent, content_type="multipart/form-data").status_code == 303
    assert client.get(f"/creators/pictures/{db.short(profile.photo_file_id)}").mimetype == "image/png"


def test_a_wrong_upload_is_refused_beside_its_field_and_nothing_is_half_written(client, cleo, profile) -> None:
    sent = {"handle": "cleo.eats", "country": "US", "photo": (io.BytesIO(b"no picture"), "me.png")}
    answer = client.submit("/profile/basics", sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "not an image" in answer.text
    assert queries.by_handle("cleo.eats") is None


def test_the_media_kit_shows_strangers_what_she_shows_and_nothing_else(client) -> None:
    cleo = factories.creator()
    profile = service.profile_of(cleo.party.id)
    service.set_shipping_address(profile, "1 Secret Street", by=cleo.actor)
    factories.price(cleo, "instagram", "reel", 43_210)
    answer = client.get(f"/@{profile.handle}")
    page = BeautifulSoup(answer.data, "html.parser")
    assert page.find("h1").text == "Cleo Creator"
    assert page.find("meta", property="og:title")["content"].startswith("Cleo Creator")
    assert "12,000" in answer.text
    assert "typed by the creator" in answer.text
    for secret in ("432.10", "Secret Street", "1995", cleo.user.email):
        assert secret not in answer.text
    service.write(profile, show_rates=True, by=cleo.actor)
    assert "432.10" in client.get(f"/@{profile.handle}").text
    assert client.get("/@nobody.here").status_code == 404


def test_a_long_link_to_a_piece_of_work_wraps_in_its_card(client) -> None:
    cleo = factories.creator()
    page = BeautifulSoup(client.get(f"/@{service.profile_of(cleo.party.id).handle}").data, "html.parser")
    assert page.select(".card__body p.break > a[rel~=nofollow]")


def test_work_with_me_is_for_brands_and_strangers_sign_in_first(client) -> None:
    cleo = factories.creator()
    handle = service.profile_of(cleo.party.id).handle
    page = BeautifulSoup(client.get(f"/@{handle}").data, "html.parser")
    assert page.find("a", href=f"/@{handle}/work-with-me")
    assert "/sign-in" in client.get(f"/@{handle}/work-with-me").location
    client.sign_in(factories.creator("Otto Other"))
    assert client.get(f"/@{handle}/work-with-me").status_code == 403


def test_somebody_elses_rows_are_not_there(client, cleo) -> None:
    other = factories.creator("Otto Other")
    (account,) = queries.accounts(other.party.id)
    (sample,) = queries.samples(other.party.id)
    assert client.submit(f"/profile/accounts/{db.short(account.id)}/remove").status_code == 404
    assert client.submit(f"/profile/samples/{db.short(sample.id)}/remove").status_code == 404
    assert queries.samples(other.party.id)


def test_a_step_asked_for_by_an_application_leads_back_to_it(client, cleo, profile) -> None:
    client.sign_in(cleo)
    account = {"platform": "instagram", "handle": "cleo", "followers": "900"}
    sample = {"title": "A week of teas", "url": "https://example.com/p/1"}
    for step, sent in (("accounts", account), ("samples", sample)):
        address = f"/profile/{step}?next=/briefs"
        form = client.get(address).text
        assert f'action="/profile/{step}?next=/briefs"' in form
        assert client.submit(address, sent).location == "/briefs"
        assert client.submit(f"/profile/{step}", sent).location == f"/profile/{step}"


def test_a_piece_sent_twice_is_added_once_and_leaves_no_second_file(client, cleo, profile) -> None:
    found = BeautifulSoup(client.get("/profile/samples").text, "html.parser")
    once = found.find("input", attrs={"name": "once"})["value"]
    for title in ("Toast", "Toast", "Toast with jam"):
        sent = {"title": title, "picture": (picture(), "toast.png"), "once": once}
        assert client.submit("/profile/samples", sent, content_type="multipart/form-data").status_code == 303
    assert [row.title for row in queries.samples(profile.party_id)] == ["Toast", "Toast with jam"]
    stored = sa.select(sa.func.count()).select_from(StoredFile).where(StoredFile.party_id == profile.party_id)
    assert db.session.scalar(stored) == 2


def test_two_sendings_of_one_piece_at_the_same_moment_add_one(app: Flask, services: Services) -> None:
    with committed_database(services, "samples"):
        factories.instance()
        person = factories.creator(ready=False)
        service.profile_of(person.party.id)
        db.session.commit()

        def add() -> object:
            held = service.profile_of(person.party.id)
            return service.add_sample(held, title="Toast", url="https://example.com", once="one form", by=person.actor).id

        assert len(set(at_once(app, [add] * 6))) == 1
        assert len(queries.samples(person.party.id)) == 1
