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


@event("accounts.code_asked", subject="code_id")
@dataclass(frozen=True)
class CodeAsked:
    """Somebody typed an address that a six-digit code must prove."""

    code_id: UUID


@event("accounts.password_changed", subject="user_id")
@dataclass(frozen=True)
class PasswordChanged:
    """A password was changed or reset; every other sign-in has ended."""

    user_id: UUID


@event("accounts.email_changed", subject="user_id")
@dataclass(frozen=True)
class EmailChanged:
    """A user proved a new address; `change_id` is the row that remembers the old one."""

    user_id: UUID
    change_id: UUID | None = None


@event("accounts.email_restored", subject="user_id")
@dataclass(frozen=True)
class EmailRestored:
    """A change of address was undone from the old one: every sign-in has ended, the password fits no more."""

    user_id: UUID


@event("accounts.invited", subject="invitation_id")
@dataclass(frozen=True)
class Invited:
    """An address was asked to join a party."""

    invitation_id: UUID
    party_id: UUID


@event("accounts.joined", subject="user_id")
@dataclass(frozen=True)
class Joined:
    """A user accepted an invitation."""

    user_id: UUID
    party_id: UUID
    role: str


@event("accounts.role_changed", subject="user_id")
@dataclass(frozen=True)
class RoleChanged:
    """A member was given another role, or none: removed."""

    user_id: UUID
    party_id: UUID
    role: str | None


@event("accounts.legal_text_published", subject="text_id")
@dataclass(frozen=True)
class LegalTextPublished:
    """The operator put terms of service or a privacy notice in force."""

    text_id: UUID


@event("accounts.legal_text_told", subject="text_id")
@dataclass(frozen=True)
class LegalTextTold:
    """A page of the people who agreed to an earlier version was told of this one; the next begins after this person."""

    text_id: UUID
    after_user_id: UUID
