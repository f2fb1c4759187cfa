"""The verbs of programs and enrolments.

Terms are immutable: a change is a new version from a date on. Model, window and code policy change
for everybody; rates bind an affiliate only when she accepts them (`accept_terms`).
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

from marketplace import clock, db, deadlines
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Party
from marketplace.affiliate import shops
from marketplace.affiliate.clocks import ANSWER
from marketplace.affiliate.events import Enrolled, EnrolmentEnded, JoinRequested, TermsAnnounced
from marketplace.affiliate.models import Enrolment, EnrolmentTerms, Program, ProgramTerms
from marketplace.affiliate.states import ENROLMENT, PROGRAM, EnrolmentState, ProgramState
from marketplace.authz import Actor
from marketplace.collaborations.models import Deal
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.money import Money
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
    return {"name": name or f"{bps / 100:g} %", "when": {}, "percent_bps": bps}


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
    _check_terms(terms_)
    if valid_from < clock.now():
        raise Refused(gettext("Terms cannot change in the past."), status=422, field="valid_from")
    latest = latest_terms(program.id)
    version = terms.revise(db.session.get_one(TermsVersion, latest.version_id), "program", terms_.body(), by=by)
    row = _write_terms(program, terms_, version, latest.number + 1, max(valid_from, latest.valid_from))
    emit(TermsAnnounced(program.id, row.id), by=by)
    return row


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


def join(program: Program, *, by: Actor) -> Enrolment:
    """A creator joins on the program's terms: at once, or once the brand approves."""
    assert by.party_id is not None
    if program.state != ProgramState.OPEN or program.joining == "invited":
        raise Refused(gettext("This program takes new affiliates by invitation only."))
    if _enrolment(program.id, by.party_id):
        raise Refused(gettext("You asked to join this program already."))
    now = clock.now()
    promised = terms_in_force(program.id, now)
    terms.accept(db.session.get_one(TermsVersion, promised.version_id), by=by)
    row = _enrol(program, by.party_id, None)
    _bind(row, promised, promised.version_id, promised.rules, promised.hold_days)
    if program.joining == "open":
        return _activate(row, "approve", program, by=by)
    emit(JoinRequested(row.id, program.id, by.party_id, program.brand_party_id), by=by)
    waits = ("enrolment", row.id)
    deadlines.start(ANSWER, owner=program.brand_party_id, subject=waits, zone=program.zone, by=by)
    return row


def approve(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """The brand takes an affiliate who asked to join."""
    return _activate(enrolment, "approve", db.session.get_one(Program, enrolment.program_id), by=by)


def pause(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """Orders from now on earn nothing until `resume`."""
    advance(ENROLMENT, enrolment, "pause", by=by)
    enrolment.paused_at = clock.now()
    return enrolment


def resume(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """Orders from now on earn again."""
    program = db.session.get_one(Program, enrolment.program_id)
    return _activate(enrolment, "resume", program, by=by)


def end(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """The affiliate leaves, or the brand ends it; orders placed from now on earn nothing."""
    program = db.session.get_one(Program, enrolment.program_id)
    fact = EnrolmentEnded(enrolment.id, program.id, enrolment.creator_party_id, program.brand_party_id)
    advance(ENROLMENT, enrolment, "end", by=by, fact=fact)
    enrolment.ended_at = clock.now()
    deadlines.meet(ANSWER, ("enrolment", enrolment.id), by=by)
    return enrolment


def enrol_by_deal(program: Program, deal: Deal, part: dict[str, Any], *, by: Actor) -> Enrolment:
    """A signed deal with a commission part enrols its creator on the signed rate. Idempotent."""
    row = _enrolment(program.id, deal.creator_party_id) or _enrol(program, deal.creator_party_id, deal.id)
    if row.deal_id == deal.id and row.state == EnrolmentState.ACTIVE:
        return row
    promised = terms_in_force(program.id, clock.now())
    hold_days = part.get("hold_days")
    bound = [percent(part["rate_bps"])]
    _bind(row, promised, deal.version_id, bound, promised.hold_days if hold_days is None else hold_days)
    row.deal_id = deal.id
    moves = {EnrolmentState.PENDING: "approve", EnrolmentState.PAUSED: "resume", EnrolmentState.ENDED: "return"}
    move = moves.get(EnrolmentState(row.state))
    return _activate(row, move, program, by=by) if move else row


def for_deal(deal: Deal, part: dict[str, Any]) -> Program:
    """The program a deal's commission belongs to: the one its terms name, else the brand's own.

    A brand that promised a commission before it opened a program gets one, for invited creators
    only, with the portal's defaults and the promised rate.
    """
    named = part.get("program_id")
    own = sa.select(Program).where(Program.brand_party_id == deal.brand_party_id)
    if named and (found := db.session.scalar(own.where(Program.id == UUID(str(named))))):
        return found
    if found := db.session.scalar(own.order_by(Program.state.desc(), Program.id).limit(1)):
        return found
    brand = db.session.get_one(Party, deal.brand_party_id)
    settings = accounts.instance()
    return open_program(
        name=gettext("%(brand)s affiliates", brand=brand.name),
        currency=settings.currency if settings else "USD",
        zone=brand.zone,
        terms_=Terms(rules=(percent(part["rate_bps"]),)),
        joining="invited",
        by=Actor(kind="clock", party_id=brand.id, party_name=brand.name),
    )


def accept_terms(enrolment: Enrolment, promised: ProgramTerms, *, by: Actor) -> EnrolmentTerms:
    """An affiliate takes the program's newer rates, from now or from the day they begin."""
    terms.accept(db.session.get_one(TermsVersion, promised.version_id), by=by)
    return _bind(enrolment, promised, promised.version_id, promised.rules, promised.hold_days)


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


def _enrolment(program_id: UUID, creator_party_id: UUID) -> Enrolment | None:
    return db.session.scalar(
        sa.select(Enrolment).where(Enrolment.program_id == program_id, Enrolment.creator_party_id == creator_party_id)
    )


def _enrol(program: Program, creator_party_id: UUID, deal_id: UUID | None) -> Enrolment:
    row = Enrolment(
        id=db.new_id(),
        program_id=program.id,
        creator_party_id=creator_party_id,
        deal_id=deal_id,
        state=EnrolmentState.PENDING.value,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _activate(row: Enrolment, move: str, program: Program, *, by: Actor) -> Enrolment:
    fact = Enrolled(row.id, program.id, row.creator_party_id, program.brand_party_id, row.deal_id)
    deadlines.meet(ANSWER, ("enrolment", row.id), by=by)
    advance(ENROLMENT, row, move, by=by, fact=fact)
    now = clock.now()
    away = row.paused_at or row.ended_at
    if row.active_from is None:
        row.active_from = now
    elif away is not None:
        row.gaps = [*row.gaps, [away.isoformat(), now.isoformat()]]
    row.paused_at = row.ended_at = None
    return row


def _bind(row: Enrolment, promised: ProgramTerms, version_id: UUID, rules: list[Any], hold_days: int) -> EnrolmentTerms:
    bound = EnrolmentTerms(
        id=db.new_id(),
        enrolment_id=row.id,
        program_terms_id=promised.id,
        version_id=version_id,
        hold_days=hold_days,
        rules=rules,
        valid_from=max(clock.now(), promised.valid_from),
    )
    db.session.add(bound)
    db.session.flush()
    return bound


def _free_slug(name: str) -> str:
    wanted = slug(name) or "program"
    taken = set(db.session.scalars(sa.select(Program.slug).where(Program.slug.like(f"{wanted}%"))))
    candidates = [wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))]
    return next(candidate for candidate in candidates if candidate not in taken)
