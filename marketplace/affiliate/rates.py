"""Which rates bind an affiliate, and since when newer ones wait for her answer.

Rates (the rules and the days a commission is held) bind an enrolment when it accepts them. Rates
signed in a deal's contract bind whatever the program announces. Where the program's rates changed
and she has not accepted them by their day, her orders earn nothing from that day on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.affiliate.models import Enrolment, EnrolmentTerms, ProgramTerms

FOR_EVERYBODY = ("model", "window_seconds", "code_policy")


@dataclass(frozen=True)
class Standing:
    """Where an affiliate stands with the program's terms.

    `bound`: the rates that bind her last, taken with the program's terms `accepted`. `newer`: the
    versions after those. `owed`: the first of them with other rates, which waits for her answer.
    `by_contract`: her rates were signed in a deal, and the program's do not bind her.
    """

    bound: EnrolmentTerms
    accepted: ProgramTerms
    newer: list[ProgramTerms]
    owed: ProgramTerms | None
    by_contract: bool


def standing(enrolment: Enrolment) -> Standing:
    """Where one affiliate stands with the program's terms."""
    return standings(enrolment.program_id, enrolment.id)[enrolment.id]


def standings(program_id: UUID, enrolment_id: UUID | None = None) -> dict[UUID, Standing]:
    """Where every affiliate of a program (or one) stands with its terms; two queries."""
    terms = db.session.scalars(sa.select(ProgramTerms).where(ProgramTerms.program_id == program_id)).all()
    query = sa.select(EnrolmentTerms).join(Enrolment).where(Enrolment.program_id == program_id)
    if enrolment_id:
        query = query.where(Enrolment.id == enrolment_id)
    bound: dict[UUID, list[EnrolmentTerms]] = {}
    for row in db.session.scalars(query.order_by(EnrolmentTerms.valid_from, EnrolmentTerms.id)):
        bound.setdefault(row.enrolment_id, []).append(row)
    return {
        id: Standing(rows[-1], _accepted(terms, rows), newer(terms, rows), owed(terms, rows), by_contract(terms, rows))
        for id, rows in bound.items()
    }


def in_turn(terms: Sequence[ProgramTerms]) -> list[ProgramTerms]:
    """The versions that come into force, by number; one replaced for the same moment never does."""
    rows = sorted(terms, key=lambda row: row.number)
    return [row for row, after in zip_longest(rows, rows[1:]) if after is None or after.valid_from > row.valid_from]


def by_contract(terms: Sequence[ProgramTerms], bound: Sequence[EnrolmentTerms]) -> bool:
    """Were the rates that bind last signed in a deal?"""
    return bound[-1].version_id != _accepted(terms, bound).version_id


def newer(terms: Sequence[ProgramTerms], bound: Sequence[EnrolmentTerms]) -> list[ProgramTerms]:
    """The versions after the last one she took, oldest first."""
    last = _accepted(terms, bound).number
    return [row for row in in_turn(terms) if row.number > last]


def owed(terms: Sequence[ProgramTerms], bound: Sequence[EnrolmentTerms]) -> ProgramTerms | None:
    """The first version with other rates than she accepted, if any waits for her answer."""
    if by_contract(terms, bound):
        return None
    return next((row for row in newer(terms, bound) if differ(bound[-1], row)), None)


def everybody(standing: Standing) -> bool:
    """Does the newest version change what holds for the whole program: model, window, code policy?"""
    if not standing.newer:
        return False
    before = standing.newer[-2] if len(standing.newer) > 1 else standing.accepted
    return any(getattr(before, name) != getattr(standing.newer[-1], name) for name in FOR_EVERYBODY)


def differ(one: EnrolmentTerms | ProgramTerms, other: EnrolmentTerms | ProgramTerms) -> bool:
    """Do two versions pay differently?"""
    return (one.rules, one.hold_days) != (other.rules, other.hold_days)


def _accepted(terms: Sequence[ProgramTerms], bound: Sequence[EnrolmentTerms]) -> ProgramTerms:
    return next(row for row in terms if row.id == bound[-1].program_terms_id)
