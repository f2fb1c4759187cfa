"""Who may do what with a brand's page: its owners and managers write, its team reads."""

from __future__ import annotations

from typing import Any

from marketplace.accounts import policy as accounts
from marketplace.authz import Actor


def may_read(actor: Actor, row: Any = None) -> bool:
    """See the brand's own profile, products and domains."""
    return accounts.is_brand(actor)


def may_rename(actor: Actor, row: Any = None) -> bool:
    """Take another name: owners."""
    return accounts.owns(actor)


def may_edit(actor: Actor, row: Any = None) -> bool:
    """Write profile, products and domains."""
    return accounts.manages(actor)
