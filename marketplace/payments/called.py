"""Whom a payer's money is for, beside what it is for: two deals of one brief share their title; and where that is shown.

What a subject was called when it was paid for is kept (`queries.titles`); whom it is with is a person's name, and
names are not written into books that are never rewritten. So `collaborations`, which keeps deals, lends them, and they
are read when a page or a paper is written. What a payout, or a payment made directly, pays is
shown by the packages that keep it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from flask_babel import gettext

from marketplace.authz import Actor
from marketplace.lent import Lent
from marketplace.payments.models import DirectPayment, Payout

with_whom: Lent[Callable[[Collection[UUID]], dict[UUID, str]]] = Lent()  # by deal; a budget is with nobody
shown: Lent[Callable[[Actor, Payout | DirectPayment], str | None]] = Lent()  # the page of what was paid, for its readers


def named(titles: dict[UUID, str]) -> dict[UUID, str]:
    """Titles by subject, each with whom it is with: `A reel about the tin, with @cleo`. One query at most."""
    people = with_whom.the_one(titles.keys()) if titles else {}
    return {key: with_name(title, people.get(key)) for key, title in titles.items()}


def with_name(title: str, name: str | None) -> str:
    """One title with whom it is with."""
    return gettext("%(title)s, with %(name)s", title=title, name=name) if name else title


def where(actor: Actor, paid: Payout | DirectPayment) -> str | None:
    """The page of what a payment is for; None for whom none of the lenders shows it."""
    return next((page for one in shown if (page := one(actor, paid))), None)
