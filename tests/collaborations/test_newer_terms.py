"""A published brief changes: who applied stays on the old terms until she accepts, and nothing changes silently."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace import db, deadlines
from marketplace.briefs import parts
from marketplace.briefs import service as briefs
from marketplace.collaborations import applications, clocks, newer_terms
from marketplace.collaborations import service as collaborations
from marketplace.collaborations.models import Application
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.money import Money
from marketplace.notifications.models import Notification
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion
from tests.factories import Person, creator
from tests.factories_deals import Sides, applied, offered, same_terms, sides
from tests.pages_of_deals import read, words

FEE = [{"kind": "fee", "amount": 40_000}]
MUST = ["The tin is visible for three seconds", "Pour the tea"]


def revised(between: Sides, **changes: Any) -> TermsVersion:
    """The brand publishes changes of its brief."""
    between.brief.draft = dict(between.brief.draft, **changes)
    briefs.revise(between.brief, by=between.brand.actor)
    return terms_queries.version(between.brief.version_id)


def latest(application: Application) -> dict[str, Any]:
    return terms_queries.version(application.proposal_version_id).body


def page_of(application: Application) -> str:
    return f"/applications/{db.short(application.id)}"


def told(person: Person) -> list[str]:
    rows = sa.select(Notification.sentence).where(Notification.user_id == person.user.id).order_by(Notification.id)
    return list(db.session.scalars(rows))


def facts(name: str) -> list[Event]:
    return list(db.session.scalars(sa.select(Event).where(Event.name == f"collaborations.{name}")))


def test_accepted_the_new_terms_are_the_next_version_of_the_application_and_the_brand_hears(run_jobs) -> None:
    between = sides()
    application = applied(between)
    due = deadlines.live(clocks.ANSWER, ("application", application.id)).due_at
    old, new = between.brief.version_id, revised(between, parts=FEE, must_haves=MUST)
    assert latest(application)["must_haves"] == MUST[:1]
    run_jobs()
    newer_terms.accept(application, new, None, by=between.creator.actor)
    row = terms_queries.version(application.proposal_version_id)
    assert (row.kind, row.number, application.brief_version_id) == ("application", 2, new.id)
    assert (row.body["parts"][0]["amount"], row.body["must_haves"]) == (40_000, MUST)
    assert terms_queries.chain_holds(row)
    assert between.creator.party.id in terms_queries.accepted_by(new.id)
    assert (application.state, newer_terms.of(application)) == ("submitted", None)
    assert deadlines.live(clocks.ANSWER, ("application", application.id)).due_at == due
    (fact,) = facts("new_terms_accepted")
    assert (fact.room_id, fact.data["old_version_id"]) == (application.id, str(old))
    run_jobs()
    title = between.brief.title
    assert f"Cleo Creator accepted the new terms of “{title}”" in told(between.brand)
    assert f"“{title}” has new terms. Yours stay as they were until you accept the new ones." in told(between.creator)


def test_a_change_that_binds_nobody_asks_nobody(run_jobs) -> None:
    between = sides()
    application = applied(between)
    revised(between, head_count=4, apply_by="2027-01-01", audience=between.brief.draft["audience"] | {"city": "Bergen"})
    run_jobs()
    assert newer_terms.of(application) is None
    assert not any("new terms" in line for line in told(between.creator))


@pytest.mark.parametrize(
    ("asked", "pays", "kept"),
    [(None, 40_000, None), (35_000, 32_000, 35_000), (35_000, 40_000, None), (25_000, 40_000, 25_000)],
)
def test_her_own_price_is_repeated_where_it_still_says_something(client, asked, pays, kept) -> None:
    between = sides()
    application = applied(between, fee=asked)
    new = revised(between, parts=[{"kind": "fee", "amount": pays}])
    price = newer_terms.own_price(application, newer_terms.of(application))
    assert price == (Money(kept, "USD") if kept else None)
    client.sign_in(between.creator)
    form = read(client.get(page_of(application))).select_one("form[action$='/new-terms']")
    typed = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    assert (typed["version"], typed["fee"]) == (db.short(new.id), price.plain() if price else "")
    assert client.submit(form["action"], typed).status_code == 303
    db.session.refresh(application)
    assert parts.part(latest(application), "fee")["amount"] == (kept or pays)


def test_terms_without_a_fee_say_that_her_price_falls_away(client) -> None:
    between = sides()
    application = applied(between, fee=35_000)
    gift = {"kind": "gift", "mode": "for_content", "product_id": None, "value": 4_500}
    new = revised(between, parts=[gift])
    client.sign_in(between.creator)
    page = read(client.get(page_of(application)))
    assert "The new terms pay no fee, so the $350.00 you asked for would fall away." in page.get_text()
    assert page.select_one("form[action$='/new-terms'] input[name=fee]") is None
    with pytest.raises(Refused, match="pay no fee"):
        newer_terms.accept(application, new, Money(35_000, "USD"), by=between.creator.actor)
    assert client.submit(f"{page_of(application)}/new-terms", {"version": db.short(new.id)}).status_code == 303
    db.session.refresh(application)
    assert (application.asked_fee_minor, latest(application)["parts"]) == (None, [gift])


def test_the_page_shows_what_is_new_line_by_line_what_reaches_her_and_that_silence_keeps_hers(client) -> None:
    between = sides()
    application = applied(between)
    revised(between, parts=FEE, must_haves=MUST, head_count=7)
    client.sign_in(between.creator)
    page = read(client.get(page_of(application)))
    section = page.select_one("#new-terms")
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in section.select(".diff tbody tr")]
    assert rows == [
        ["$270.00", "$360.00"],
        ["$300.00 for each creator", "$400.00 for each creator"],
        ["The tin is visible for three seconds", "\N{NO-BREAK SPACE}· ".join(MUST)],
    ]
    silence = section.select_one(".deadline__silence").get_text()
    assert re.search(r"stays on the terms of \w+ \d+, \d{4}, \d+:\d\d", silence)  # both versions are of this day
    assert "Accept the brief’s new terms, or keep yours" in words(client.get("/home"))
    assert "New terms to decide on" in words(client.get("/applications"))
    client.sign_in(between.brand)
    page = words(client.get(page_of(application)))
    assert "has not accepted the new ones. An offer you make builds on the old terms" in page
    for view in ("table", "board", "compare"):
        base = f"/brand/briefs/{db.short(between.brief.id)}/applicants?view={view}"
        assert "; has not accepted the new ones" in words(client.get(base))


def test_she_keeps_hers_the_brand_knows_and_she_may_still_accept(client, run_jobs) -> None:
    between = sides()
    application = applied(between)
    new = revised(between, must_haves=MUST)
    client.sign_in(between.creator)
    for _ in range(2):
        assert client.submit(f"{page_of(application)}/own-terms", {"version": db.short(new.id)}).status_code == 303
    run_jobs()
    assert len(facts("old_terms_kept")) == 1
    assert any("keeps the old terms" in line for line in told(between.brand))
    assert "New terms to decide on" not in words(client.get("/applications"))
    assert "or keep yours" not in words(client.get("/home"))
    assert "You keep the terms of" in words(client.get(page_of(application)))
    client.sign_in(between.brand)
    assert "keeps the terms of" in words(client.get(f"/brand/briefs/{db.short(between.brief.id)}/applicants"))
    revised(between, must_haves=[*MUST, "Wash the cup"])
    assert newer_terms.undecided(between.creator.actor) == [application]


def test_a_brief_revised_while_she_reads_is_not_accepted_and_her_price_stays_in_the_form(client) -> None:
    between = sides()
    application = applied(between)
    first = revised(between, must_haves=MUST)
    second = revised(between, must_haves=[*MUST, "Wash the cup"])
    client.sign_in(between.creator)
    answer = client.submit(f"{page_of(application)}/new-terms", {"version": db.short(first.id), "fee": "350"})
    page = read(answer, 409)
    assert "The brief changed again in the meantime." in page.get_text()
    form = page.select_one("form[action$='/new-terms']")
    assert form.select_one("[name=fee]")["value"] == "350"
    assert form.select_one("[name=version]")["value"] == db.short(second.id)
    assert "Wash the cup" in page.select_one("#new-terms .diff").get_text()
    assert client.submit(f"{page_of(application)}/own-terms", {"version": db.short(first.id)}).status_code == 409
    bad = {"version": db.short(second.id), "fee": "abc"}
    assert read(client.submit(f"{page_of(application)}/new-terms", bad), 422).select_one("[name=fee]")["value"] == "abc"
    for nonsense in ("", "x", db.short(application.proposal_version_id)):
        assert client.submit(f"{page_of(application)}/new-terms", {"version": nonsense}).status_code == 409
    assert newer_terms.of(application).old.number == 1


def test_pressed_twice_it_is_accepted_once(client) -> None:
    between = sides()
    application = applied(between)
    data = {"version": db.short(revised(between, must_haves=MUST).id), "fee": "310"}
    client.sign_in(between.creator)
    for _ in range(2):
        assert client.submit(f"{page_of(application)}/new-terms", data).status_code == 303
    assert len(facts("new_terms_accepted")) == 1
    assert client.submit(f"{page_of(application)}/new-terms", data | {"fee": "990"}).status_code == 409


def test_where_it_stands_the_application_decides_whether_new_terms_may_be_accepted(client) -> None:
    between = sides()
    application = applied(between)
    new = revised(between, must_haves=MUST)
    collaborations.shortlist(application, by=between.brand.actor)
    path, data = f"{page_of(application)}/new-terms", {"version": db.short(new.id)}
    for who, status in ((sides().creator, 404), (sides().brand, 404), (between.brand, 403)):
        client.sign_in(who)
        assert client.submit(path, data).status_code == status
    collaborations.offer(application, same_terms(application), by=between.brand.actor)
    client.sign_in(between.creator)
    for address in (path, f"{page_of(application)}/own-terms"):
        assert "An offer is on the table, and it stays as it is." in words(client.submit(address, data), 409)
    applications.withdraw(application, by=between.creator.actor)
    assert "This application is closed" in words(client.submit(path, data), 409)
    assert client.submit(f"{page_of(application)}/own-terms", data).status_code == 409
    assert read(client.get(page_of(application))).select_one("#new-terms") is None


def test_in_talks_the_offer_stays_and_new_terms_come_in_as_a_proposal_that_keeps_what_was_negotiated(client) -> None:
    between = sides()
    application = offered(between, fee=36_000)
    before = application.proposal_version_id
    new = revised(between, must_haves=MUST, rounds=3)
    assert application.proposal_version_id == before
    client.sign_in(between.creator)
    page = read(client.get(page_of(application)))
    assert page.select_one("form[action$='/new-terms']") is None
    assert "What is on the table stays as it is" in page.get_text()
    link = page.select_one("#new-terms a.button")["href"]
    proposal = read(client.get(link))
    changed = [row.th.get_text(" ", strip=True) for row in proposal.select(".diff tbody tr")]
    assert changed == ["Rounds of changes changed", "Must be there changed"]
    typed = filled(proposal)
    assert (typed["fee"], typed["rounds"], typed["brief"]) == ("360.00", "3", db.short(new.id))
    assert client.submit(f"{page_of(application)}/terms", typed).status_code == 303
    db.session.refresh(application)
    assert (application.state, application.brief_version_id) == ("countered", new.id)
    assert (latest(application)["must_haves"], latest(application)["parts"][0]["amount"]) == (MUST, 36_000)
    assert client.submit(f"{page_of(application)}/terms", typed).status_code == 409
    client.sign_in(between.brand)
    assert "Pour the tea" in read(client.get(page_of(application))).select_one(".diff").get_text()


def test_a_brand_may_make_its_offer_on_the_new_terms_which_bind_once_she_accepts_it(client) -> None:
    between = sides()
    application = applied(between, by=creator("Ana"), fee=35_000)
    new = revised(between, must_haves=MUST)
    client.sign_in(between.brand)
    link = read(client.get(page_of(application))).select_one("#new-terms a.button")["href"]
    revised(between, must_haves=[*MUST, "Wash the cup"])
    assert client.get(link).status_code == 409
    link = read(client.get(page_of(application))).select_one("#new-terms a.button")["href"]
    typed = filled(read(client.get(link)))
    assert typed["fee"] == "350.00"
    assert client.submit(f"{page_of(application)}/terms", typed | {"brief": db.short(new.id)}).status_code == 409
    assert client.submit(f"{page_of(application)}/terms", typed).status_code == 303
    db.session.refresh(application)
    assert (application.state, latest(application)["must_haves"][-1]) == ("offered", "Wash the cup")
    assert newer_terms.of(application) is None


def test_an_offer_written_over_terms_that_moved_meanwhile_is_refused(client) -> None:
    between = sides()
    application = applied(between)
    new = revised(between, must_haves=MUST)
    client.sign_in(between.brand)
    typed = filled(read(client.get(f"{page_of(application)}/terms")))
    newer_terms.accept(application, new, Money(39_000, "USD"), by=between.creator.actor)
    answer = client.submit(f"{page_of(application)}/terms", typed | {"fee": "320"})
    page = read(answer, 422)
    assert "Newer terms were proposed in the meantime." in page.get_text()
    assert page.select_one("[name=fee]")["value"] == "320"


def filled(page: Any) -> dict[str, str]:
    """The proposal form as a page shows it."""
    data = {}
    for control in page.select("form[action$='/terms'] input[name]"):
        if control.get("type") != "checkbox" and control["name"] != "csrf_token":
            data[control["name"]] = control.get("value", "")
    for control in page.select("form[action$='/terms'] select[name]"):
        chosen = control.select_one("option[selected]") or control.select_one("option")
        data[control["name"]] = chosen["value"]
    return data
