"""Inviting people into a program, and what whoever follows an invitation sees."""

from __future__ import annotations

from typing import Any

from flask import Response, flash
from flask_babel import gettext, ngettext

from marketplace import clock, db, web
from marketplace.accounts.models import Party
from marketplace.affiliate import invites, policy, programs, queries
from marketplace.affiliate.forms import PeopleForm
from marketplace.affiliate.models import Program, ProgramInvite
from marketplace.affiliate.routes import blueprint
from marketplace.authz import current_actor, public, requires
from marketplace.errors import NotThere, Refused


@blueprint.get("/brand/programs/<id:program_id>/invite")
@requires(policy.may_run_programs, load=queries.own_program)
def invitations(row: Program) -> Response:
    """The program's link, who was invited, and the list to invite more."""
    return web.page("affiliate/invitations.html", form=PeopleForm(), people=None, **_about(row))


@blueprint.post("/brand/programs/<id:program_id>/invite")
@requires(policy.may_run_programs, load=queries.own_program, typed=True)
def invite(row: Program) -> Response:
    """Look through a list of people first; invite those it would invite once that was seen."""
    form = PeopleForm()
    if form.validate():
        try:
            form.take_file()
            people = invites.look(row, form.people.data or "")
            if form.seen.data == form.fingerprint():
                made = invites.invite(row, people, by=current_actor())
                flash(ngettext("%(num)d person is invited.", "%(num)d people are invited.", len(made)), "good")
                return web.back_to("affiliate.invitations", program_id=row.id)
            form.seen.data = form.fingerprint()
            return web.page("affiliate/invitations.html", form=form, people=people, **_about(row))
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("affiliate/invitations.html", form, people=None, **_about(row))


@blueprint.post("/brand/programs/<id:program_id>/invite-link")
@requires(policy.may_run_programs, load=queries.own_program)
def make_invite_link(row: Program) -> Response:
    """One address for everybody the brand wants to ask."""
    invites.invite_link(row, by=current_actor())
    return web.back_to("affiliate.invitations", program_id=row.id)


@blueprint.post("/brand/program-invites/<id:invite_id>/withdraw")
@requires(policy.may_run_programs, load=invites.of_brand)
def withdraw_invite(row: ProgramInvite) -> Response:
    """The link leads nowhere from now on."""
    invites.withdraw(row, by=current_actor())
    return web.back_to("affiliate.invitations", program_id=row.program_id)


@blueprint.get("/programs/invitations/<token>")
@public
def invited(token: str) -> Response:
    """The program as whoever was invited reads it before joining."""
    row = _open(token)
    program = db.session.get_one(Program, row.program_id)
    actor = current_actor()
    return web.page(
        "affiliate/invited.html",
        invite=row,
        program=program,
        brand=db.session.get_one(Party, program.brand_party_id),
        terms=programs.terms_in_force(program.id, clock.now()),
        enrolment=queries.enrolment_of(actor, program.id) if actor.is_a("creator") else None,
        here=invites.link(row),
    )


@blueprint.post("/programs/invitations/<token>")
@requires(policy.may_join)
def claim(token: str) -> Response:
    """Join, and take the code along that was kept."""
    enrolment = invites.claim(_open(token), by=current_actor())
    if enrolment.state == "active":
        flash(gettext("You are in. Make your first link."), "good")
    else:
        flash(gettext("Your request is with the brand; it answers here."), "good")
    return web.back_to("affiliate.links")


def _open(token: str) -> ProgramInvite:
    row = invites.by_token(token[:200])
    if row is None:
        raise NotThere(gettext("This invitation is not open any more. Ask the brand for a new one."))
    return row


def _about(row: Program) -> dict[str, Any]:
    link, named = invites.of_program(row)
    return {"program": row, "link": link, "named": named, "address_of": invites.link}
