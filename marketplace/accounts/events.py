"""Facts about people and their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("accounts.signed_up", subject="user_id")
@dataclass(frozen=True)
class SignedUp:
    """A person opened an account and a party of `kind` with it."""

    user_id: UUID
    party_id: UUID
    kind: str


@event("accounts.set_up", subject="party_id")
@dataclass(frozen=True)
class SetUp:
    """The instance was set up; `party_id` is the operator."""

    party_id: UUID
    shape: str
