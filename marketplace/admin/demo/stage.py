"""The stage a demo is played on: one step at a time, at its own moment, committed and noted.

Jobs are worked here, right after each commit, so that what follows from a step happens at the
step's moment and in order; a worker that runs beside finds nothing left to do. devstripe's clock stands
at the same moment, and runs again when the play is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import click
import sqlalchemy as sa

from marketplace import clock, db, events, jobs
from marketplace.accounts import queries as accounts
from marketplace.admin.demo import till
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused

PLAY = UUID("00000000-0000-7000-8000-64656d6f0000")  # the subject of the demo's own audit entries


@dataclass(frozen=True)
class Step:
    """Something that happens at a moment; `says` is the progress line."""

    name: str
    at: datetime
    says: str
    play: Callable[[], None]


def run(steps: list[Step]) -> bool:
    """Play every step that has not been played yet; whether there was one. Nothing scheduled runs meanwhile."""
    with db.held_beside(jobs.REPLAY):
        missing = [(number, step) for number, step in enumerate(steps, 1) if not played(step.name)]
        try:
            for number, step in missing:
                click.echo(f"Demo {number}/{len(steps)}: {step.says}")
                _play(step)
        finally:
            if missing:
                till.go_on()
    click.echo("The demo is loaded.")
    return bool(missing)


def _play(step: Step) -> None:
    """Play a step. After a broken load the clocks have run on, and a step may have become impossible: it is left out."""
    with clock.at(step.at), jobs.worked_here():
        till.stand_at(step.at)
        try:
            step.play()
        except (Refused, sa.exc.NoResultFound) as problem:
            db.session.rollback()
            click.echo(f"  left out: {problem}")
        events.record("demo.step", by=CLOCK, subject=("demo", uuid5(PLAY, step.name)), data={"step": step.name})
        db.session.commit()


def played(name: str) -> bool:
    """Has this step been played and committed?"""
    return bool(
        db.session.scalar(
            sa.select(events.Event.id).where(
                events.Event.subject_type == "demo", events.Event.subject_id == uuid5(PLAY, name)
            )
        )
    )


def actor(email: str) -> Actor:
    """Somebody of the cast, acting for the first party she belongs to."""
    user = accounts.user_by_email(email)
    if user is None:
        raise LookupError(f"{email} is not on stage yet.")
    membership = accounts.memberships_of(user.id)[0]
    return Actor(
        kind="user",
        user_id=user.id,
        party_id=membership.party.id,
        party_kind=membership.party.kind,
        roles=frozenset({membership.role}),
        strength="password",
        user_name=user.name,
        party_name=membership.party.name,
        zone=user.zone,
        language=user.language,
    )
