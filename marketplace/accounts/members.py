"""The people of a brand or of the operator: invite, accept, change a role, remove.

Invariant: a party keeps at least one owner (the operator: one administrator).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace import clock, db, events
from marketplace.accounts import legal, passwords, queries, service
from marketplace.accounts.events import Invited, Joined, RoleChanged
from marketplace.accounts.models import BRAND_ROLES, STAFF_ROLES, Invitation, Membership, Party, PartyKind, User
from marketplace.authz import Actor
from marketplace.errors import Refused

LASTS = timedelta(days=14)


def roles_of(kind: str) -> tuple[str, ...]:
    """The roles a party of this kind has; the first one is its head. A creator works alone."""
    return {PartyKind.BRAND: BRAND_ROLES, PartyKind.OPERATOR: STAFF_ROLES}.get(PartyKind(kind), ())


def invite(party: Party, email: str, role: str, *, by: Actor) -> Invitation:
    """Ask an address to join; the link in the mail lasts 14 days. An open invitation is replaced.

    Raises Refused for a role the party does not have and for somebody who belongs already.
    """
    if role not in roles_of(party.kind):
        raise Refused(gettext("Choose one of the roles."), 422, "role")
    address = email.strip().lower()
    if address in queries.members_emails(party.id):
        raise Refused(gettext("This person belongs to the team already."), 422, "email")
    for earlier in open_invitations(party.id):
        if earlier.email == address:
            earlier.withdrawn_at = clock.now()
    if by.user_id is None:
        raise Refused(gettext("Only a person can invite somebody."), 403)
    row = Invitation(
        id=db.new_id(),
        party_id=party.id,
        email=address,
        role=role,
        invited_by_id=by.user_id,
        created_at=clock.now(),
        expires_at=clock.now() + LASTS,
    )
    db.session.add(row)
    db.session.flush()
    events.emit(Invited(row.id, party.id), by=by)
    return row


def open_invitations(party_id: UUID) -> list[Invitation]:
    """Invitations nobody answered yet, the oldest first."""
    return list(
        db.session.scalars(
            sa.select(Invitation)
            .where(
                Invitation.party_id == party_id,
                Invitation.accepted_at.is_(None),
                Invitation.withdrawn_at.is_(None),
                Invitation.expires_at > clock.now(),
            )
            .order_by(Invitation.id)
        )
    )


def link(row: Invitation) -> str:
    """The local address that accepts an invitation; only the invited address is sent it."""
    return f"/invitations/{_signer().dumps(db.short(row.id))}"


def by_token(token: str) -> Invitation | None:
    """The open invitation behind a link."""
    try:
        invitation_id = db.long(_signer().loads(token))
    except (BadSignature, ValueError, TypeError):
        return None
    row = db.session.get(Invitation, invitation_id)
    if row is None or row.accepted_at or row.withdrawn_at or row.expires_at <= clock.now():
        return None
    return row


def accept(row: Invitation, user: User, *, by: Actor) -> Membership:
    """Join by an invitation; it is used up. Raises Refused when it is not open any more."""
    db.lock(row)
    if row.accepted_at or row.withdrawn_at or row.expires_at <= clock.now():
        raise Refused(gettext("This invitation is not open any more. Ask for a new one."))
    row.accepted_at = clock.now()
    present = queries.membership(user.id, row.party_id)
    if present is not None:
        return present
    joined = service.join(user, db.session.get_one(Party, row.party_id), row.role)
    events.emit(Joined(user.id, row.party_id, row.role), by=by)
    return joined


def accept_anew(row: Invitation, *, name: str, password: str, zone: str | None = None) -> User:
    """Open an account for the invited address, which the link has proven, and join; without a `zone`, in the team's."""
    party = db.session.get_one(Party, row.party_id)
    hashed = passwords.hash_of(password)
    user = service.add_user(
        name=name, email=row.email, password_hash=hashed, zone=zone or party.zone, language=party.language
    )
    legal.accept(user, legal.in_force().values())
    accept(row, user, by=service.acting(user, party))
    return user


def withdraw(row: Invitation) -> None:
    """Take an invitation back."""
    row.withdrawn_at = row.withdrawn_at or clock.now()


def change_role(member: Membership, role: str, *, by: Actor) -> None:
    """Give a member another role. Raises Refused for the last owner and an unknown role."""
    party = db.lock(db.session.get_one(Party, member.party_id))
    if role not in roles_of(party.kind):
        raise Refused(gettext("Choose one of the roles."), 422, "role")
    if role != roles_of(party.kind)[0]:
        _keep_a_head(party, member)
    member.role = role
    events.emit(RoleChanged(member.user_id, party.id, role), by=by)


def remove(member: Membership, *, by: Actor) -> None:
    """Take a member out of a party. Raises Refused for the last owner."""
    party = db.lock(db.session.get_one(Party, member.party_id))
    _keep_a_head(party, member)
    events.emit(RoleChanged(member.user_id, party.id, None), by=by)
    db.session.delete(member)
    db.session.flush()


def _keep_a_head(party: Party, leaving: Membership) -> None:
    """The lock on the party makes two owners who demote each other wait for one another."""
    head = roles_of(party.kind)[0]
    others = [m for m in queries.members(party.id, (head,)) if m.id != leaving.id]
    if leaving.role == head and not others:
        raise Refused(gettext("A team keeps at least one owner. Make somebody else owner first."))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="invitation")
