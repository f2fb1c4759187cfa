"""Who may do what with a creator's page: she writes it, and nobody else."""

from __future__ import annotations

from typing import Any

from marketplace.accounts import policy as accounts
from marketplace.authz import Actor


def may_edit(actor: Actor, row: Any = None) -> bool:
    """Write one's own profile."""
    return accounts.is_creator(actor)
