"""No payout without a valid, unexpired tax form for the jurisdiction; the number sealed, four digits shown, looks logged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace import db
from marketplace.accounts import queries as people
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.notifications.models import Notification
from marketplace.payments.guards import gates
from marketplace.payments.jobs import remind_of_tax_forms
from marketplace.payments.models import TaxForm, TaxFormDetails
from marketplace.payments.money_out import payouts, waiting
from marketplace.payments.states import PayoutState
from marketplace.payments.tax import tax_forms, tax_numbers
from marketplace.rules import queries as rules
from tests import factories
from tests.pages_of_deals import read, words
from tests.payments.world import World

PAGE = "/payouts/tax-form"
SSN = "457-55-5462"
W9 = {
    "once": "a", "legal_name": "Cleo Creator", "street": "12 Harbour Lane", "city": "Portland", "region": "OR", "postal_code": "97201",
    "country": "US", "classification": "individual", "number_kind": "ssn", "number": SSN,
    "typed_name": "Cleo Creator", "consent": "y",
}  # fmt: skip
W8BEN = {
    "once": "a", "legal_name": "Nora Nord", "street": "Hafenweg 3", "city": "Kiel", "country": "DE", "citizenship": "DE",
    "birth_date": "1995-05-04", "works": "outside", "number": "83 095 742 719", "typed_name": "Nora Nord", "consent": "y",
}  # fmt: skip
PLATFORM = {
    "once": "a", "legal_name": "Nora Nord", "street": "Hafenweg 3", "city": "Kiel", "country": "DE",
    "birth_date": "1995-05-04", "number": "83 095 742 719", "number_country": "DE",
    "typed_name": "Nora Nord", "consent": "y",
}  # fmt: skip


@pytest.fixture
def untaxed(world: World) -> World:
    """The world before its creator signed anything."""
    world.creator = factories.creator("Una Untaxed", taxed=False)
    return world


def in_country(code: str) -> None:
    """The instance is run from there."""
    settings = people.instance()
    assert settings is not None
    settings.country = code
    db.session.flush()


def how_many(party_id: Any) -> int | None:
    return db.session.scalar(sa.select(sa.func.count()).where(TaxForm.party_id == party_id))


# Which form: dated data


@pytest.mark.plain
@pytest.mark.parametrize(
    ("instance", "payee", "day", "forms"),
    [
        ("US", "US", "2026-03-02", ("w9",)),
        ("US", "DE", "2026-03-02", ("w8ben", "w9")),
        ("US", "PR", "2026-03-02", ("w9", "w8ben")),
        ("US", "US", "1996-12-02", ("w9",)),
        ("DE", "DE", "2026-03-02", ("platform",)),
        ("FR", "US", "2026-03-02", ("platform",)),
        ("DE", "DE", "2022-12-31", ()),
        ("GB", "GB", "2023-12-31", ()),
        ("GB", "GB", "2024-01-01", ("platform",)),
        ("JP", "JP", "2026-03-02", ()),
    ],
)
def test_which_form_is_asked_is_dated_data_by_the_instances_country(instance, payee, day, forms) -> None:
    assert rules.tax_forms(instance, payee, date.fromisoformat(day)) == forms


@pytest.mark.plain
def test_a_w8ben_ends_with_the_third_calendar_year_after_it_was_signed_and_a_w9_never() -> None:
    assert rules.tax_form_ends("w8ben", date(2026, 1, 1)) == date(2029, 12, 31)
    assert rules.tax_form_ends("w8ben", date(2026, 12, 31)) == date(2029, 12, 31)
    assert rules.tax_form_ends("w9", date(2026, 1, 1)) is None
    assert rules.tax_form_ends("platform", date(2024, 2, 29)) == date(2027, 2, 28)
    with pytest.raises(KeyError):
        rules.tax_form_ends("w8ben", date(2000, 12, 31))


# The gate


def test_no_payout_without_a_tax_form_and_it_sets_off_when_the_form_is_signed(untaxed: World) -> None:
    untaxed.onboard()
    untaxed.fund()
    payout = untaxed.release()
    untaxed.run_jobs()
    assert payout.state == PayoutState.WAITING
    standing = waiting.standing(payout)
    assert "Form W-9 is not signed yet" in standing.says
    assert standing.where == "payments.tax_form"
    assert payouts.send_all() == 0
    told = db.session.scalars(sa.select(Notification).where(Notification.event == "payments.payout_held.asks")).all()
    assert len(told) == 1
    untaxed.client.sign_in(untaxed.creator)
    page = read(untaxed.client.get(f"/earnings/payouts/{db.short(payout.id)}"))
    assert page.select_one(f"a[href='{PAGE}']") is not None
    assert untaxed.client.submit(PAGE, W9).location == "/payouts/set-up"
    untaxed.run_jobs()
    db.session.refresh(payout)
    assert payout.state == PayoutState.PAID


def test_staff_cannot_send_a_stopped_payout_past_the_gate(untaxed: World) -> None:
    untaxed.onboard()
    untaxed.fund()
    payout = untaxed.release()
    payouts.stop(payout)
    with pytest.raises(Refused, match="W-9"):
        payouts.retry(payout, by=factories.staff("finance").actor)


def test_where_nothing_is_asked_nothing_waits(untaxed: World) -> None:
    in_country("JP")
    assert gates.of_party(untaxed.creator.party.id) is None
    untaxed.client.sign_in(untaxed.creator)
    assert "No tax form is asked of you here" in words(untaxed.client.get(PAGE))
    assert untaxed.client.submit(PAGE, W9).status_code == 409


def test_expiry_closes_the_gate_at_the_end_of_the_operators_day_and_a_new_form_opens_it(untaxed: World, clock) -> None:
    abroad = untaxed.creator = factories.creator("Nora Nord", country="DE", taxed=False)
    assert factories.sign_tax_form(abroad, "w8ben").valid_until == date(2029, 12, 31)
    untaxed.onboard()
    untaxed.fund()
    clock.freeze(datetime(2030, 1, 1, 4, 59, 59, tzinfo=UTC))  # 23:59:59 on 31 December in New York
    assert gates.of_party(abroad.party.id) is None
    clock.freeze(datetime(2030, 1, 1, 5, 0, tzinfo=UTC))
    assert "has ended" in gates.of_party(abroad.party.id).says
    payout = untaxed.release()
    untaxed.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert factories.sign_tax_form(abroad, "w8ben").valid_until == date(2033, 12, 31)
    untaxed.run_jobs()
    db.session.refresh(payout)
    assert payout.state == PayoutState.PAID


def test_whoever_moves_is_asked_for_the_form_of_where_she_lives_now(world: World) -> None:
    abroad = factories.creator("Nora Nord", country="DE")
    assert tax_forms.problem(abroad.party.id) is None
    abroad.party.country = "US"
    assert "another tax form is needed: Form W-9" in gates.of_party(abroad.party.id).says


def test_a_reminder_is_written_once_thirty_days_before_the_end(untaxed: World, clock) -> None:
    abroad = factories.creator("Nora Nord", country="DE")
    written = sa.select(sa.func.count()).where(Notification.event == "payments.tax_form_ending")
    for month, day, many in ((11, 30, 0), (12, 1, 1), (12, 2, 1)):
        clock.freeze(datetime(2029, month, day, 12, tzinfo=UTC))
        remind_of_tax_forms()
        untaxed.run_jobs()
        assert db.session.scalar(written) == many
    factories.sign_tax_form(abroad, "w8ben")
    assert tax_forms.remind() == 0


# Signing


def test_a_form_is_signed_on_its_page_with_the_statement_and_the_evidence_kept(untaxed: World) -> None:
    client = untaxed.client
    client.sign_in(untaxed.creator)
    page = read(client.get(f"{PAGE}?next=/deals"))
    assert "Under penalties of perjury" in page.get_text()
    assert not page.select_one("input[name=consent]").has_attr("checked")
    answer = client.submit(f"{PAGE}?next=/deals", W9, headers={"User-Agent": "Phone/1"})
    assert answer.location == "/deals"
    form = tax_forms.newest(untaxed.creator.party.id)
    assert (form.kind, form.valid_until, form.strength) == ("w9", None, "password")
    assert form.statement.startswith("Under penalties of perjury")
    kept = form.details
    assert (kept.typed_name, kept.address, kept.user_agent) == ("Cleo Creator", "127.0.0.1", "Phone/1")
    assert (kept.number_kind, kept.number_country, kept.last_four) == ("ssn", "US", "5462")


def test_the_number_is_encrypted_at_rest_and_only_its_last_four_are_ever_shown(untaxed: World) -> None:
    client, who = untaxed.client, untaxed.creator
    client.sign_in(who)
    client.submit(PAGE, W9)
    form = tax_forms.newest(who.party.id)
    for table in ("tax_forms", "tax_form_details", "events"):
        for row in db.session.execute(sa.text(f"SELECT t::text FROM {table} t")).scalars():  # noqa: S608 - ours
            assert "457555462" not in row.replace("-", "")
    assert tax_numbers.unseal(form.id, form.details.number) == "457555462"
    with pytest.raises(ValueError, match="another form"):
        tax_numbers.unseal(db.new_id(), form.details.number)
    for page in (PAGE, f"{PAGE}?new=1", f"{PAGE}/{db.short(form.id)}", "/payouts/set-up"):
        html = client.get(page).get_data(as_text=True)
        assert "457" not in html.replace("-", ""), page
    assert "ends in 5462" in words(client.get(PAGE))


def test_old_keys_open_what_they_sealed_and_a_strange_key_opens_nothing(world: World) -> None:
    form = tax_forms.newest(world.creator.party.id)
    held = world.app.config["SETTINGS"]
    new, strange = "bmV3LWtleS1vZi10aGlydHktdHdvLWJ5dGVzLWxvbmc=", "b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLWxvbmc="
    try:
        world.app.config["SETTINGS"] = replace(held, tax_number_keys=(new, *held.tax_number_keys))
        assert tax_numbers.unseal(form.id, form.details.number) == "457555462"
        world.app.config["SETTINGS"] = replace(held, tax_number_keys=(strange,))
        with pytest.raises(ValueError, match="No key"):
            tax_numbers.unseal(form.id, form.details.number)
    finally:
        world.app.config["SETTINGS"] = held


def test_signing_again_makes_a_newer_version_and_the_signed_one_cannot_change(world: World) -> None:
    party = world.creator.party.id
    before = tax_forms.newest(party)
    after = factories.sign_tax_form(world.creator, city="Salem")
    assert tax_forms.newest(party).id == after.id
    assert [form.id for form in tax_forms.of_party(party)] == [after.id, before.id]
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), db.session.begin_nested():
        db.session.execute(sa.update(TaxForm).where(TaxForm.id == before.id).values(kind="w8ben"))
    assert tax_forms.intact(after)
    db.session.execute(sa.update(TaxFormDetails).where(TaxFormDetails.form_id == after.id).values(legal_name="Else"))
    db.session.refresh(after.details)
    assert not tax_forms.intact(after)


def test_a_double_click_signs_once(untaxed: World) -> None:
    untaxed.client.sign_in(untaxed.creator)
    assert [untaxed.client.submit(PAGE, W9).status_code for _ in range(2)] == [302, 302]
    assert how_many(untaxed.creator.party.id) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": "not mine"}, "only digits"),
        ({"number": "12345678"}, "9 digits; this one has 8"),
        ({"number": "4575554621"}, "9 digits; this one has 10"),
        ({"number": "000-12-3456"}, "No social security number looks like this"),
        ({"number": "666-12-3456"}, "No social security number looks like this"),
        ({"number": "457-00-5462"}, "No social security number looks like this"),
        ({"number": "457-55-0000"}, "No social security number looks like this"),
        ({"number": "111-11-1111"}, "nobody’s tax number"),
        ({"number": "123-45-6789"}, "nobody’s tax number"),
        ({"number": "457-55-5462", "number_kind": "itin"}, "No ITIN looks like this"),
        ({"number": "00-1234567", "number_kind": "ein"}, "No employer identification number"),
        ({"number": "٤٥٧٥٥٥٤٦٢"}, "only digits"),
        ({"number": ""}, "fill this in"),
        ({"number_kind": "passport"}, "Choose one of these."),
        ({"classification": "llc_c"}, "A company gives its employer identification number"),
        ({"postal_code": "972"}, "five or nine digits"),
        ({"postal_code": ""}, "five or nine digits"),
        ({"region": ""}, "An address in the United States has a state"),
        ({"typed_name": "Somebody Else"}, "Sign with your legal name as it stands above: Cleo Creator."),
        ({"legal_name": "x" * 121}, "121"),
        ({"legal_name": ""}, "fill this in"),
        ({"country": "XX"}, "Choose one of these."),
        ({"withholding": "y"}, "Write to us"),
        ({"consent": ""}, "Tick the box"),
        ({"typed_name": ""}, "fill this in"),
        ({"once": ""}, "fill this in"),
    ],
)
def test_a_w9_that_cannot_be_right_gets_a_sentence_and_signs_nothing(untaxed: World, change, sentence) -> None:
    untaxed.client.sign_in(untaxed.creator)
    shown = words(untaxed.client.submit(PAGE, W9 | change), 422)
    if sentence != "121":
        assert sentence in shown
    assert how_many(untaxed.creator.party.id) == 0


def test_everything_wrong_with_a_w9_is_said_in_one_answer(untaxed: World) -> None:
    untaxed.client.sign_in(untaxed.creator)
    wrong = {"region": "", "postal_code": "", "street": "", "number": "123", "typed_name": "", "consent": ""}
    page = read(untaxed.client.submit(PAGE, W9 | wrong), 422)
    said = {name: page.select(f"#{name}-error")[0].get_text(" ", strip=True) for name in wrong}
    assert "state" in said["region"]
    assert "five or nine digits" in said["postal_code"]
    assert said["street"] == said["typed_name"] == "Please fill this in."
    assert "this one has 3" in said["number"]
    assert "Tick the box" in said["consent"]


def test_an_individual_signs_with_her_legal_name_case_accents_and_spaces_aside(untaxed: World) -> None:
    untaxed.client.sign_in(untaxed.creator)
    company = {"legal_name": "Cleo Films Inc", "classification": "c_corporation", "number_kind": "ein"}
    assert untaxed.client.submit(PAGE, W9 | {"legal_name": "Zoë  D’Arc", "typed_name": "zoe d'arc"}).status_code == 302
    signed = untaxed.client.submit(f"{PAGE}?new=1", W9 | company | {"once": "b", "number": "41-5566778"})
    assert signed.status_code == 302, words(signed)
    assert how_many(untaxed.creator.party.id) == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"birth_date": "2031-01-01"}, "has not come yet"),
        ({"birth_date": "1850-01-01"}, "Look at the year"),
        ({"birth_date": "yesterday"}, "Give a whole date"),
        ({"birth_date": ""}, "fill this in"),
        ({"works": "inside"}, "Form 8233"),
        ({"works": ""}, "Choose one"),
        ({"country": "US"}, "outside the United States"),
        ({"citizenship": "US"}, "Sign Form W-9 instead"),
        ({"street": "P.O. Box 12"}, "not for a P.O. box"),
        ({"number": ""}, "say below that you have none"),
        ({"number": "abc"}, "this one has 3"),
        ({"number": "x" * 21}, "this one has 21"),
        ({"number": "ABCDEF"}, "nobody’s tax number"),
        ({"number": "0000000"}, "nobody’s tax number"),
        ({"no_number": "y"}, "not both"),
    ],
)
def test_a_w8ben_that_cannot_be_right_gets_a_sentence_and_signs_nothing(untaxed: World, change, sentence) -> None:
    abroad = factories.creator("Nora Nord", country="DE", taxed=False)
    untaxed.client.sign_in(abroad)
    assert sentence in words(untaxed.client.submit(PAGE, W8BEN | change), 422)
    assert how_many(abroad.party.id) == 0


def test_a_us_citizen_abroad_signs_a_w9_and_a_person_at_home_is_not_offered_a_w8ben(untaxed: World) -> None:
    abroad = factories.creator("Nora Nord", country="DE", taxed=False)
    untaxed.client.sign_in(abroad)
    page = read(untaxed.client.get(PAGE))
    assert page.select_one("a[href$='form=w9']") is not None
    home = {"country": "DE", "city": "Kiel", "postal_code": ""}
    assert untaxed.client.submit(f"{PAGE}?form=w9", W9 | home).status_code == 302
    assert tax_forms.newest(abroad.party.id).kind == "w9"
    untaxed.client.sign_in(untaxed.creator)
    assert untaxed.client.submit(f"{PAGE}?form=w8ben", W8BEN).status_code == 422
    assert how_many(untaxed.creator.party.id) == 0


def test_an_eu_instance_asks_the_fields_of_dac7_and_the_birth_place_only_without_a_number(untaxed: World) -> None:
    in_country("DE")
    who = factories.creator("Nora Nord", country="DE", taxed=False)
    untaxed.client.sign_in(who)
    nothing = PLATFORM | {"number": "", "no_number": "y"}
    assert "place of your birth" in words(untaxed.client.submit(PAGE, nothing), 422)
    assert untaxed.client.submit(PAGE, nothing | {"birth_place": "Kiel, Germany"}).status_code == 302
    form = tax_forms.newest(who.party.id)
    assert (form.kind, form.details.birth_place, form.details.number, form.details.last_four) == (
        "platform", "Kiel, Germany", None, None,
    )  # fmt: skip
    assert untaxed.client.submit(f"{PAGE}?new=1", PLATFORM | {"once": "b"}).status_code == 302
    again = tax_forms.newest(who.party.id)
    assert (again.details.birth_date, again.details.last_four, again.details.number_country) == (
        date(1995, 5, 4), "2719", "DE",
    )  # fmt: skip


@pytest.mark.plain
def test_of_a_short_number_never_more_than_half_is_shown() -> None:
    assert tax_numbers.last_four("AB12") == "12"
    assert tax_numbers.last_four("123456789") == "6789"


# Who sees it


def test_other_peoples_forms_are_not_there_and_staff_have_no_page_of_hers(world: World) -> None:
    form = tax_forms.newest(world.creator.party.id)
    address = f"{PAGE}/{db.short(form.id)}"
    world.client.sign_in(world.creator)
    assert "Under penalties of perjury" in words(world.client.get(address))
    for who in (factories.creator("Otto Other"), world.brand):
        world.client.sign_in(who)
        assert world.client.get(address).status_code == 404
    world.client.sign_in(world.brand)
    assert world.client.get(PAGE).status_code == 403


def test_each_look_by_staff_is_written_down_with_who_looked(world: World) -> None:
    party = world.creator.party
    page = f"/staff/creators/{db.short(party.id)}/tax-form"
    finance = factories.staff("finance", "Fay Finance")
    world.client.sign_in(finance)
    shown = words(world.client.get(page))
    assert "ends in 5462" in shown
    assert "457" not in shown
    assert "Fay Finance" in shown
    looked = db.session.scalars(sa.select(Event).where(Event.name == "payments.tax_form_seen")).all()
    assert [(one.subject_id, one.actor_user_id) for one in looked] == [(party.id, finance.user.id)]
    world.client.sign_in(factories.staff("support"))
    assert world.client.get(page).status_code == 403
    world.client.sign_in(factories.creator("Otto Other"))
    assert world.client.get(page).status_code == 404
    world.client.sign_in(finance)
    assert world.client.get(f"/staff/creators/{db.short(world.brand.party.id)}/tax-form").status_code == 404


def test_the_whole_number_is_read_only_at_the_servers_command_line_with_a_reason(world: World) -> None:
    form = tax_forms.newest(world.creator.party.id)
    db.session.commit()
    runner = world.app.test_cli_runner()
    assert "Missing option" in runner.invoke(args=["tax", "number", db.short(form.id)]).output
    done = runner.invoke(args=["tax", "number", db.short(form.id), "--why", "1099-NEC of 2026"])
    assert done.output.strip() == "457555462", done.output
    assert "no such form" in runner.invoke(args=["tax", "number", db.short(db.new_id()), "--why", "x"]).output
    assert [one.data["why"] for one in tax_forms.looks(world.creator.party.id)] == ["1099-NEC of 2026"]


def test_a_form_without_a_number_has_none_to_read(world: World) -> None:
    abroad = factories.creator("Nora Nord", country="DE", taxed=False)
    form = factories.sign_tax_form(abroad, typed_number=None, no_number=True)
    with pytest.raises(Refused, match="no tax number"):
        tax_forms.read_number(form, "a report", by=CLOCK)
