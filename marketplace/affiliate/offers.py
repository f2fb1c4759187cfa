"""Programs as briefs offer them: what a program promises a creator before she applies.

Briefs stand below this package and know a program only by its id; this module lends them its
answers (`briefs.programs.kept`). A promise is plain values, kept in the brief's terms version:
the terms it names are the ones its deals enrol on.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from marketplace import clock, db
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Party
from marketplace.affiliate import queries, wording
from marketplace.affiliate.models import Program, ProgramTerms
from marketplace.affiliate.programs import Terms, latest_terms, open_program, percent, terms_in_force
from marketplace.authz import Actor
from marketplace.briefs import programs as briefs
from marketplace.collaborations.models import Deal
from marketplace.terms.models import TermsVersion


def choices(brand_party_id: UUID, currency: str) -> list[tuple[str, str]]:
    """The brand's open programs in a currency, with what they pay by themselves."""
    found = [row for row in queries.open_programs_of(brand_party_id) if row.currency == currency]
    return [(str(row.id), _label(row)) for row in found]


def public(brand_party_id: UUID) -> list[tuple[str, str]]:
    """The brand's open programs that do not wait for an invitation, each with its page."""
    found = [row for row in queries.open_programs_of(brand_party_id) if row.joining != "invited"]
    return [(_label(row), url_for("affiliate.public_program", slug=row.slug)) for row in found]


def promise(brand_party_id: UUID, currency: str, program_id: str) -> dict[str, Any] | None:
    """What a program promises now; None where it is not the brand's, closed, or in another currency."""
    found = queries.open_programs_of(brand_party_id)
    program = next((row for row in found if str(row.id) == program_id and row.currency == currency), None)
    if program is None:
        return None
    terms = terms_in_force(program.id, clock.now())
    version = db.session.get_one(TermsVersion, terms.version_id)
    facts = {"terms_id": str(terms.id), "number": terms.number, "sha256": version.sha256, "slug": program.slug}
    return facts | _said(terms) | {
        "name": program.name,
        "payout_minimum": program.payout_minimum_minor,
        "statement_day": program.statement_day,
        "zone": program.zone,
    }  # fmt: skip


def new_promise(brand_party_id: UUID, part: dict[str, Any]) -> dict[str, Any]:
    """What a program opened for this commission would promise: the portal's defaults and the brief's rate."""
    brand = db.session.get_one(Party, brand_party_id)
    facts = {"terms_id": None, "number": 0, "sha256": None, "slug": None}
    return facts | _said(_first_terms(part)) | {
        "name": gettext("%(brand)s affiliates", brand=brand.name),
        "payout_minimum": 0,
        "statement_day": 1,
        "zone": brand.zone,
    }  # fmt: skip


def open_for(part: dict[str, Any], by: Actor) -> str:
    """Open the program a commission asked for, for invited creators only. Returns its id."""
    assert by.party_id is not None
    brand = db.session.get_one(Party, by.party_id)
    settings = accounts.instance()
    program = open_program(
        name=gettext("%(brand)s affiliates", brand=brand.name),
        currency=settings.currency if settings else "USD",
        zone=brand.zone,
        terms_=_first_terms(part),
        joining="invited",
        by=by,
    )
    return str(program.id)


def news(promised: dict[str, Any]) -> str:
    """What a program announced since a promise was written down, in a sentence; empty for nothing."""
    if not promised.get("terms_id"):
        return ""
    row = db.session.get(ProgramTerms, UUID(promised["terms_id"]))
    latest = latest_terms(row.program_id) if row else None
    if row is None or latest is None or latest.number == row.number:
        return ""
    day = wording.day_in(latest.valid_from, promised["zone"])
    if (latest.window_seconds, latest.code_policy) == (row.window_seconds, row.code_policy):
        return gettext("It has other rates of its own since or from %(day)s. The rate of this brief stays.", day=day)
    return gettext(
        "From %(day)s an order counts for %(window)s. %(policy)s The rate of this brief stays.",
        day=day,
        window=wording.window(latest.window_seconds),
        policy=wording.CODE_POLICIES[latest.code_policy],
    )


def of_deal(deal: Deal, part: dict[str, Any]) -> tuple[Program, ProgramTerms]:
    """The program and the terms a signed deal names.

    Deals signed before briefs named their program belong to the brand's oldest one, else to a new one.
    """
    promised = part.get("program")
    if promised:
        terms = db.session.get_one(ProgramTerms, UUID(promised["terms_id"]))
        return db.session.get_one(Program, terms.program_id), terms
    own = sa.select(Program).where(Program.brand_party_id == deal.brand_party_id)
    if part.get("program_id"):
        own = own.where(Program.id == UUID(part["program_id"]))
    program = db.session.scalar(own.order_by(Program.state.desc(), Program.id).limit(1))
    if program is None:
        brand = db.session.get_one(Party, deal.brand_party_id)
        opened = open_for(part, Actor(kind="clock", party_id=brand.id, party_name=brand.name))
        program = db.session.get_one(Program, UUID(opened))
    return program, terms_in_force(program.id, clock.now())


def _first_terms(part: dict[str, Any]) -> Terms:
    hold_days = part.get("hold_days")
    rules = (percent(part.get("rate_bps") or 0),)
    return Terms(rules=rules) if hold_days is None else Terms(rules=rules, hold_days=hold_days)


def _said(terms: Terms | ProgramTerms) -> dict[str, Any]:
    return {
        "model": terms.model,
        "window_seconds": terms.window_seconds,
        "code_policy": terms.code_policy,
        "rates": [rule["name"] for rule in terms.rules],
        "hold_days": terms.hold_days,
    }


def _label(program: Program) -> str:
    terms = terms_in_force(program.id, clock.now())
    rates = ", ".join(rule["name"] for rule in terms.rules)
    return gettext(
        "%(name)s (%(rates)s, orders within %(window)s)",
        name=program.name,
        rates=rates,
        window=wording.window(terms.window_seconds),
    )


briefs.kept.lend(briefs.Programs(choices, promise, new_promise, open_for, news, public))
