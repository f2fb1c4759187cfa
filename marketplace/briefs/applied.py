"""What a brief's pages say of its applications: on the public one, to a creator who has applied, instead of asking
her to apply; on the brand's own, what waits for the brand.

Applications and deals are kept by `collaborations`, which lends the answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from marketplace.authz import Actor
from marketplace.briefs.models import Brief
from marketplace.lent import Lent
from marketplace.money import Money


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


@dataclass(frozen=True)
class Progress:
    """How a brief goes, for its brand: applications that wait for its answer and the first day one is due (none while
    their clocks stand still), and what is protected in deals at work."""

    unanswered: int
    due: datetime | None
    protected: Money


answer: Lent[Callable[[Actor, Brief], Standing | None]] = Lent()

progress: Lent[Callable[[Brief], Progress]] = Lent()


def of(actor: Actor, brief: Brief) -> Standing | None:
    """Where the reader's application to a brief stands; None where there is none."""
    return answer.the_one(actor, brief) if actor.is_a("creator") else None
