"""What the public page of a brief says to a creator who has applied to it, instead of asking her to apply.

Applications are kept by `collaborations`, which lends the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from marketplace.authz import Actor
from marketplace.briefs.models import Brief
from marketplace.lent import Lent


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


answer: Lent[Callable[[Actor, Brief], Standing | None]] = Lent()


def of(actor: Actor, brief: Brief) -> Standing | None:
    """Where the reader's application to a brief stands; None where there is none."""
    return answer.the_one(actor, brief) if actor.is_a("creator") else None
