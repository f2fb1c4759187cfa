"""The team page of a brand and of the operator, and the invited person's side of it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext

from marketplace import authz, db, web
from marketplace.accounts import door, members, policy, queries, throttle
from marketplace.accounts.forms import ROLE_NAMES, Invite, JoinNew, role_choices
from marketplace.accounts.models import Invitation, Membership, Party, PartyKind, User
from marketplace.accounts.routes import HOME, blueprint
from marketplace.authz import public, requires, signed_in
from marketplace.errors import NotThere, Refused


def _home() -> Any:
    staff = authz.current_actor().is_a(PartyKind.OPERATOR)
    return redirect("/staff/team" if staff else "/brand/team", code=303)


def _own_party() -> Party:
    party_id = authz.current_actor().party_id
    party = queries.party(party_id) if party_id else None
    if party is None:
        raise NotThere()
    return party


def _page(form: Invite) -> Any:
    party = _own_party()
    form.role.choices = role_choices(party.kind)
    return web.form_page(
        "accounts/team.html",
        form,
        party=party,
        members=queries.members(party.id),
        invitations=members.open_invitations(party.id),
        roles={role: ROLE_NAMES[role] for role in members.roles_of(party.kind)},
    )


@blueprint.get("/brand/team")
@blueprint.get("/staff/team", endpoint="staff_team")
@requires(policy.leads)
def team() -> Any:
    """Who belongs here, who was asked, and the form to ask one more."""
    return _page(Invite())


@blueprint.post("/brand/team")
@blueprint.post("/staff/team", endpoint="invite_staff")
@requires(policy.leads, typed=True)
def invite() -> Any:
    """Ask an address to join."""
    form, party = Invite(), _own_party()
    form.role.choices = role_choices(party.kind)
    if form.validate():
        try:
            throttle.count("invite", str(party.id))
            members.invite(party, form.email.data, form.role.data, by=authz.current_actor())
            flash(gettext("The invitation is on its way to %(email)s.", email=form.email.data), "good")
            return _home()
        except Refused as refusal:
            form.refuse(refusal)
    return _page(form)


@blueprint.post("/team/members/<id:membership_id>/role")
@requires(policy.leads_team_of, load=queries.member)
def change_role(member: Membership) -> Any:
    """Give a member another role."""
    members.change_role(member, request.form.get("role", ""), by=authz.current_actor())
    return _home()


@blueprint.post("/team/members/<id:membership_id>/remove")
@requires(policy.leads_team_of, load=queries.member)
def remove_member(member: Membership) -> Any:
    """Take a member out of the team."""
    members.remove(member, by=authz.current_actor())
    authz.forget_actor()
    return _home()


@blueprint.post("/team/invitations/<id:invitation_id>/withdraw")
@requires(policy.leads_team_of, load=queries.invitation)
def withdraw_invitation(invitation: Invitation) -> Any:
    """Take an invitation back."""
    members.withdraw(invitation)
    return _home()


def _invitation(token: str) -> Invitation:
    row = members.by_token(token)
    if row is None:
        raise NotThere(gettext("This invitation is not open any more. Ask whoever sent it for a new one."))
    return row


def _invited(form: JoinNew, row: Invitation) -> Any:
    known = queries.user_by_email(row.email) is not None
    party = db.session.get_one(Party, row.party_id)
    return web.page(
        "accounts/invited.html",
        422 if form.is_submitted() else 200,
        form=form,
        invitation=row,
        party=party,
        inviter=db.session.get_one(User, row.invited_by_id),
        known=known,
        role=dict(role_choices(party.kind))[row.role],
    )


@blueprint.get("/invitations/<token>")
@public
def invited(token: str) -> Any:
    """What one is asked to join."""
    return _invited(JoinNew(), _invitation(token))


@blueprint.post("/invitations/<token>/accept")
@requires(signed_in)
def accept(token: str) -> Any:
    """Join with the account one is signed in to."""
    row, actor = _invitation(token), authz.current_actor()
    members.accept(row, door.user(), by=actor)
    door.act_for(row.party_id)
    return redirect(HOME, code=303)


@blueprint.post("/invitations/<token>")
@public(typed=True)
def join(token: str) -> Any:
    """Open an account for the invited address, which the link has proven, and join."""
    row, form = _invitation(token), JoinNew()
    if queries.user_by_email(row.email) is not None:
        raise Refused(gettext("This address has an account. Sign in, then open the link again."))
    if not form.validate():
        return _invited(form, row)
    zone = form.zone.data or None
    user = members.accept_anew(row, name=form.name.data, password=form.password.data, zone=zone)
    door.let_in(user, strength="password", party_id=row.party_id)
    return redirect(HOME, code=303)
