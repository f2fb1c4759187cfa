"""The verbs of programs.

Terms are immutable: a change is a new version from a date on. Model, window and code policy change
for everybody; rates bind an affiliate only when she accepts them (`enrolments.accept_terms`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db
from marketplace.affiliate import shops
from marketplace.affiliate.events import TermsAnnounced
from marketplace.affiliate.models import Program, ProgramTerms
from marketplace.affiliate.states import PROGRAM, ProgramState
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.money import Money, percentage
from marketplace.terms import service as terms
from marketplace.terms.models import TermsVersion

MODELS = ("last_touch",)
CODE_POLICIES = ("code_wins", "link_wins")
DAY = 86_400  # seconds


@dataclass(frozen=True)
class Terms:
    """What a program promises: seconds, days, and the ordered list of commission rules.

    A rule is `{"name", "when": {…}, "percent_bps": int}` or `{…, "flat_minor": int}`; `when` may
    hold `min_base_minor` (the order's base at least) and `code_used` (a code of the affiliate).
    """

    window_seconds: int = 30 * DAY
    hold_days: int = 30
    model: str = "last_touch"
    code_policy: str = "code_wins"
    rules: tuple[dict[str, Any], ...] = field(default=())

    def body(self) -> dict[str, Any]:
        """As a terms version holds it."""
        return asdict(self) | {"rules": list(self.rules)}


def percent(bps: int, name: str | None = None) -> dict[str, Any]:
    """A rule that pays a share of the base of every order, in basis points."""
    return {"name": name or percentage(bps), "when": {}, "percent_bps": bps}


def slug(text: str) -> str:
    """Letters, digits and hyphens for an address."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


def open_program(
    *,
    name: str,
    currency: str,
    zone: str,
    terms_: Terms,
    by: Actor,
    summary: str = "",
    payout_minimum: Money | None = None,
    statement_day: int = 1,
    joining: str = "approval",
    consent: str = "required",
) -> Program:
    """A new program of the actor's brand, with its first terms. Raises Refused (422) in words."""
    assert by.party_id is not None
    _check_terms(terms_)
    if zone not in available_timezones():
        raise Refused(gettext("This time zone is not known."), status=422, field="zone")
    program = Program(
        id=db.new_id(),
        brand_party_id=by.party_id,
        slug=_free_slug(name),
        name=name,
        summary=summary,
        currency=currency,
        zone=zone,
        payout_minimum_minor=payout_minimum.minor if payout_minimum else 0,
        statement_day=statement_day,
        joining=joining,
        consent=consent,
        state=ProgramState.OPEN.value,
        created_at=clock.now(),
    )
    db.session.add(program)
    db.session.flush()
    _write_terms(program, terms_, terms.begin("program", terms_.body(), by=by), 1, clock.now())
    shops.open_shop(program, by.party_name or name, by=by)
    return program


def announce_terms(program: Program, terms_: Terms, *, valid_from: datetime, by: Actor) -> ProgramTerms:
    """New terms from a future moment on; the affiliates are told, their rates stay until accepted."""
    latest = check_announcement(program, terms_, valid_from=valid_from)
    version = terms.revise(db.session.get_one(TermsVersion, latest.version_id), "program", terms_.body(), by=by)
    row = _write_terms(program, terms_, version, latest.number + 1, valid_from)
    emit(TermsAnnounced(program.id, row.id), by=by)
    return row


def check_announcement(program: Program, terms_: Terms, *, valid_from: datetime) -> ProgramTerms:
    """The terms these would follow. Raises Refused (422) in words where they cannot."""
    _check_terms(terms_)
    if valid_from < clock.now():
        raise Refused(gettext("Terms cannot change in the past."), status=422, field="valid_from")
    latest = latest_terms(program.id)
    if valid_from < latest.valid_from:
        sentence = gettext("Terms that begin later are announced already; these cannot begin before them.")
        raise Refused(sentence, status=422, field="valid_from")
    if _same(latest, terms_):
        raise Refused(gettext("Nothing changes by these terms."), status=422)
    return latest


def close_program(program: Program, *, by: Actor) -> Program:
    """Take nobody new. What was earned is still paid."""
    return advance(PROGRAM, program, "close", by=by)


def reopen_program(program: Program, *, by: Actor) -> Program:
    """Take affiliates again."""
    return advance(PROGRAM, program, "reopen", by=by)


def latest_terms(program_id: UUID) -> ProgramTerms:
    """The newest terms, which may not be in force yet. Raises NoResultFound."""
    return db.session.scalars(
        sa.select(ProgramTerms)
        .where(ProgramTerms.program_id == program_id)
        .order_by(ProgramTerms.number.desc())
        .limit(1)
    ).one()


def terms_in_force(program_id: UUID, at: datetime) -> ProgramTerms:
    """The terms at a moment; before the first ones, the first."""
    return db.session.scalars(
        sa.select(ProgramTerms)
        .where(ProgramTerms.program_id == program_id)
        .order_by(
            ProgramTerms.valid_from > at,
            sa.case((ProgramTerms.valid_from <= at, -ProgramTerms.number), else_=ProgramTerms.number),
        )
        .limit(1)
    ).one()


def _same(latest: ProgramTerms, terms_: Terms) -> bool:
    return all(getattr(latest, name) == value for name, value in terms_.body().items())


def _check_terms(terms_: Terms) -> None:
    if terms_.model not in MODELS:
        raise Refused(gettext("Only the last touch pays for now."), status=422, field="model")
    if terms_.code_policy not in CODE_POLICIES:
        raise Refused(gettext("Choose whether the code or the link wins."), status=422, field="code_policy")
    if not terms_.rules:
        raise Refused(gettext("Say what an order earns."), status=422, field="rate")
    for rule in terms_.rules:
        if not 0 <= rule.get("percent_bps", 0) <= 10_000 or rule.get("flat_minor", 0) < 0:
            raise Refused(gettext("A commission lies between 0 and 100 percent."), status=422, field="rate")


def _write_terms(
    program: Program, terms_: Terms, version: TermsVersion, number: int, valid_from: datetime
) -> ProgramTerms:
    row = ProgramTerms(
        id=db.new_id(),
        program_id=program.id,
        version_id=version.id,
        number=number,
        valid_from=valid_from,
        **terms_.body(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _free_slug(name: str) -> str:
    wanted = slug(name) or "program"
    taken = set(db.session.scalars(sa.select(Program.slug).where(Program.slug.like(f"{wanted}%"))))
    candidates = [wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))]
    return next(candidate for candidate in candidates if candidate not in taken)
