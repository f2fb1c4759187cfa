"""The verbs of enrolments: asking to join, being let in, pausing, leaving, and taking newer rates.

Invariant: an enrolment has the rates it accepted (`EnrolmentTerms`), each from a moment on. While
newer rates of its program are in force that it did not accept, it is paused with `waits_for_rates`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, deadlines
from marketplace.affiliate import rates
from marketplace.affiliate.clocks import ACCEPT, ANSWER
from marketplace.affiliate.events import Enrolled, EnrolmentEnded, EnrolmentPaused, JoinRequested, RatesAccepted
from marketplace.affiliate.models import Enrolment, EnrolmentTerms, Program, ProgramTerms
from marketplace.affiliate.programs import percent, terms_in_force
from marketplace.affiliate.states import ENROLMENT, EnrolmentState, ProgramState
from marketplace.authz import CLOCK, Actor
from marketplace.collaborations.models import Deal
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.terms import service as terms
from marketplace.terms.models import TermsVersion


def join(program: Program, *, by: Actor, invited: bool = False, named: bool = False) -> Enrolment:
    """A creator joins on the program's terms: at once, or once the brand approves.

    `invited`: she follows the program's invite link. `named`: the brand invited her by name and need
    not approve her again.
    """
    assert by.party_id is not None
    if program.state != ProgramState.OPEN or (program.joining == "invited" and not (invited or named)):
        raise Refused(gettext("This program takes new affiliates by invitation only."))
    if _enrolment(program.id, by.party_id):
        raise Refused(gettext("You asked to join this program already."))
    promised = terms_in_force(program.id, clock.now())
    terms.accept(db.session.get_one(TermsVersion, promised.version_id), by=by)
    row = _enrol(program, by.party_id, None)
    bind(row, promised, promised.version_id, promised.rules, promised.hold_days)
    if named or program.joining != "approval":
        return _activate(row, "approve", program, by=by)
    emit(JoinRequested(row.id, program.id, by.party_id, program.brand_party_id), by=by)
    waits = ("enrolment", row.id)
    deadlines.start(ANSWER, owner=program.brand_party_id, subject=waits, zone=program.zone, by=by)
    return row


def approve(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """The brand takes an affiliate who asked to join."""
    return _activate(enrolment, "approve", _program(enrolment), by=by)


def pause(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """Orders from now on earn nothing until `resume`."""
    advance(ENROLMENT, enrolment, "pause", by=by, fact=_paused(enrolment, for_rates=False))
    enrolment.paused_at = clock.now()
    return enrolment


def resume(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """Orders from now on earn again. Raises Refused while newer rates wait for the affiliate's answer."""
    waits = rates.standing(enrolment).owed
    if waits is not None and waits.valid_from <= clock.now():
        raise Refused(gettext("Newer rates wait for an answer. Once they are accepted, the affiliate can go on."))
    return _activate(enrolment, "resume", _program(enrolment), by=by)


def end(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """The affiliate leaves, or the brand ends it; orders placed from now on earn nothing."""
    program = _program(enrolment)
    fact = EnrolmentEnded(enrolment.id, program.id, enrolment.creator_party_id, program.brand_party_id)
    advance(ENROLMENT, enrolment, "end", by=by, fact=fact)
    enrolment.ended_at = clock.now()
    deadlines.meet(ANSWER, ("enrolment", enrolment.id), by=by)
    deadlines.cancel(ACCEPT, ("enrolment", enrolment.id), by=by)
    return enrolment


def enrol_by_deal(
    program: Program, promised: ProgramTerms, deal: Deal, part: dict[str, Any], *, by: Actor
) -> Enrolment:
    """A signed deal with a commission part enrols its creator on the signed rate. Idempotent."""
    row = _enrolment(program.id, deal.creator_party_id) or _enrol(program, deal.creator_party_id, deal.id)
    if row.deal_id == deal.id and row.state == EnrolmentState.ACTIVE:
        return row
    hold_days = part.get("hold_days")
    signed = [percent(part["rate_bps"])]
    bind(row, promised, deal.version_id, signed, promised.hold_days if hold_days is None else hold_days)
    row.deal_id = deal.id
    deadlines.cancel(ACCEPT, ("enrolment", row.id), by=by)
    moves = {EnrolmentState.PENDING: "approve", EnrolmentState.PAUSED: "resume", EnrolmentState.ENDED: "return"}
    move = moves.get(EnrolmentState(row.state))
    return _activate(row, move, program, by=by) if move else row


def accept_terms(enrolment: Enrolment, newest: ProgramTerms, *, by: Actor) -> Enrolment:
    """An affiliate takes the program's newer terms up to the newest, each from the day it begins.

    Who was paused for want of this answer goes on from now. Raises Refused when there is nothing to
    accept, when still newer terms were announced meanwhile, or when she has left.
    """
    program = _program(enrolment)
    db.lock(enrolment)
    if enrolment.state == EnrolmentState.ENDED:
        raise Refused(gettext("You have left this program."))
    standing = rates.standing(enrolment)
    if not standing.newer:
        raise Refused(gettext("You have accepted these terms already."))
    if standing.newer[-1].id != newest.id:
        raise Refused(gettext("Newer terms were announced in the meantime. Read them, then decide."))
    _lapse(enrolment, program, standing.owed, by=by)
    for row in standing.newer:
        terms.accept(db.session.get_one(TermsVersion, row.version_id), by=by)
        bind(enrolment, row, row.version_id, row.rules, row.hold_days)
    deadlines.meet(ACCEPT, ("enrolment", enrolment.id), by=by)
    emit(RatesAccepted(enrolment.id, program.id, enrolment.creator_party_id, newest.id), by=by)
    if enrolment.state == EnrolmentState.PAUSED and enrolment.waits_for_rates:
        _activate(enrolment, "resume", program, by=by)
    return enrolment


def ask(enrolment: Enrolment, *, by: Actor) -> None:
    """Start the clock on her answer to newer rates, or stop it where none is needed any more. Idempotent."""
    waits, subject = rates.standing(enrolment).owed, ("enrolment", enrolment.id)
    if waits is None:
        deadlines.cancel(ACCEPT, subject, by=by)
    elif enrolment.state == EnrolmentState.ACTIVE and deadlines.live(ACCEPT, subject) is None:
        zone, creator = _program(enrolment).zone, enrolment.creator_party_id
        deadlines.start(ACCEPT, owner=creator, subject=subject, zone=zone, by=by, due_at=waits.valid_from)


def lapse(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """The day of newer rates came without her answer: paused from that day, on the old rates for what came before."""
    db.lock(enrolment)
    return _lapse(enrolment, _program(enrolment), rates.standing(enrolment).owed, by=by)


def bind(row: Enrolment, promised: ProgramTerms, version_id: UUID, rules: list[Any], hold_days: int) -> EnrolmentTerms:
    """Rates she accepted, from now or from the day they begin."""
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


def _lapse(enrolment: Enrolment, program: Program, waits: ProgramTerms | None, *, by: Actor) -> Enrolment:
    if waits is None or waits.valid_from > clock.now() or enrolment.state != EnrolmentState.ACTIVE:
        return enrolment
    advance(ENROLMENT, enrolment, "pause", by=by, fact=_paused(enrolment, for_rates=True))
    enrolment.paused_at = max(waits.valid_from, enrolment.active_from or waits.valid_from)
    enrolment.waits_for_rates = True
    return enrolment


def _paused(row: Enrolment, *, for_rates: bool) -> EnrolmentPaused:
    program = _program(row)
    return EnrolmentPaused(row.id, program.id, row.creator_party_id, program.brand_party_id, for_rates)


def _program(enrolment: Enrolment) -> Program:
    return db.session.get_one(Program, enrolment.program_id)


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
    row.waits_for_rates = False
    _lapse(row, program, rates.standing(row).owed, by=CLOCK)
    ask(row, by=by)
    return row
