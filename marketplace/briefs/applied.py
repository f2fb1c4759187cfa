"""What the public page of a brief says to a creator who has applied to it, instead of asking her to apply.

Applications are kept by `collaborations`, which stands above briefs and lends its answer by `lend()`, as the head
count is lent (`head_count`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from marketplace.authz import Actor
from marketplace.briefs.models import Brief


@dataclass(frozen=True)
class Standing:
    """Where her application stands: a title, a sentence, when the next answer is due, the page to open; `note` says
    where she stands on other terms than the page shows."""

    title: str
    text: str
    due: datetime | None
    label: str
    href: str
    note: str = ""


Answer = Callable[[Actor, Brief], Standing | None]
_lent: list[Answer] = []


def lend(answer: Answer) -> None:
    """The package that keeps applications answers for them from now on."""
    _lent[:] = [answer]


def of(actor: Actor, brief: Brief) -> Standing | None:
    """Where the reader's application to a brief stands; None where there is none."""
    return _lent[0](actor, brief) if _lent and actor.is_a("creator") else None
