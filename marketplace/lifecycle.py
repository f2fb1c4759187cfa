"""State machines as tables. `advance()` is the only way a state changes.

A package's `states.py` lists its states (an enum with a sentence each) and its moves; `flask
states` prints them. A row's `state` column is text; the database checks it against the enum.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from marketplace import db, events
from marketplace.authz import Actor
from marketplace.errors import Refused


@dataclass(frozen=True)
class Move:
    """From any of `sources` to `target`; `says` is the sentence when it is refused."""

    sources: tuple[enum.StrEnum, ...]
    target: enum.StrEnum
    says: str


@dataclass(frozen=True)
class Lifecycle:
    """One machine: its name, its states, its moves by name. The table whose rows it moves says so in `machine`.

    `words` has a sentence for each state, as a person reads it.
    """

    name: str
    states: type[enum.StrEnum]
    moves: dict[str, Move]
    words: dict[enum.StrEnum, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        MACHINES[self.name] = self

    def allows(self, state: str, move: str) -> bool:
        """Would `move` be legal from `state`? For buttons; the verb asks again under a lock."""
        return state in self.moves[move].sources


MACHINES: dict[str, Lifecycle] = {}


def advance(machine: Lifecycle, row: Any, move: str, *, by: Actor, fact: Any = None, room_id: Any = None) -> Any:
    """Lock `row`, refuse an illegal move in words, set its state, record the move.

    `fact` is emitted when given (with the move noted on it); else a plain audit entry is written,
    in the room `room_id` if any. Returns the row. Raises `Refused`.
    """
    db.session.flush()
    db.lock(row)
    step = machine.moves[move]
    if row.state not in step.sources:
        raise Refused(gettext(step.says))
    before, row.state = row.state, step.target.value
    moved = {"machine": machine.name, "move": move, "from": str(before), "to": step.target.value}
    if fact is not None:
        events.emit(fact, by=by, moved=moved)
    else:
        events.record(
            f"{machine.name}.{move}",
            by=by,
            subject=(machine.name, row.id),
            data={"moved": moved, "room_id": room_id},
        )
    return row


def table() -> list[tuple[str, str, str, str, str]]:
    """Every move of every machine: machine, from, move, to, refusal."""
    return [
        (machine.name, str(source), name, str(move.target), move.says)
        for machine in sorted(MACHINES.values(), key=lambda m: m.name)
        for name, move in machine.moves.items()
        for source in move.sources
    ]
