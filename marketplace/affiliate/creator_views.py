"""What affiliates see: programs to join, their links and codes, their statements and each line's chain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request, stream_with_context, url_for
from flask_babel import gettext

from marketplace import clock, db, web
from marketplace.affiliate import (
    chain,
    coming,
    direct_payouts,
    documents,
    enrolments,
    links,
    payouts,
    policy,
    programs,
    queries,
    rates,
    refunds,
    running,
    wording,
)
from marketplace.affiliate.forms import LinkForm, OrderForm, RefundForm
from marketplace.affiliate.models import Enrolment, Program, ProgramTerms, TrackingLink
from marketplace.affiliate.routes import blueprint
from marketplace.affiliate.sales_models import Line, Statement
from marketplace.authz import current_actor, public, requires
from marketplace.errors import NotThere, Refused
from marketplace.payments import called
from marketplace.payments import words as payment_words
from marketplace.payments.money_out.coming import lenders
from marketplace.payments.paid_directly import direct

lenders.lend(coming.of, by="affiliate")  # earnings show commissions that are not paid yet
called.shown.lend(coming.where_shown, by="affiliate")


def address_of(link: TrackingLink) -> str:
    """A link's whole address."""
    return url_for("affiliate.follow", slug=link.slug, _external=True)


@blueprint.get("/programs/<slug>")
@public
def public_program(slug: str) -> Response:
    """A program's own page, for anyone."""
    program = queries.public_program(slug[:80])
    if program is None:
        raise NotThere
    actor = current_actor()
    if actor.is_a("brand") and actor.party_id != program.brand_party_id:
        web.belongs_to("briefs.mine")  # as another brand's own page does
    enrolment = queries.enrolment_of(actor, program.id) if actor.is_a("creator") else None
    terms = programs.terms_in_force(program.id, clock.now())
    coming, before = [], terms
    for row in rates.in_turn(queries.terms_history(program)):
        if row.number > terms.number:
            coming.append((row, wording.changes(wording.promises(before), wording.promises(row))))
            before = row
    shown: dict[str, Any] = {"program": program, "terms": terms, "coming": coming, "enrolment": enrolment}
    return web.page("affiliate/public_program.html", **shown)


@blueprint.post("/programs/<slug>/join")
@requires(policy.may_join)
def join(slug: str) -> Response:
    """Ask to join, or join at once."""
    program = queries.public_program(slug[:80])
    if program is None:
        raise NotThere
    enrolment = enrolments.join(program, by=current_actor())
    if enrolment.state == "active":
        flash(gettext("You are in. Make your first link."), "good")
        return web.back_to("affiliate.links")
    flash(gettext("%(brand)s has your request and answers here.", brand=program.brand.name), "good")
    return web.back_to("affiliate.public_program", slug=program.slug)


@blueprint.get("/links", endpoint="links")
@requires(policy.may_have_links)
def my_links() -> Response:
    """Every link and code of the acting creator."""
    return web.page("affiliate/links.html", memberships=queries.memberships(current_actor()), address_of=address_of)


@blueprint.get("/links/terms/<id:enrolment_id>")
@requires(policy.may_own_link, load=queries.own_enrolment)
def newer_terms(enrolment: Enrolment) -> Response:
    """What the program announced since she accepted its terms, version by version, in words."""
    standing = rates.standing(enrolment)
    before = wording.promises(standing.accepted, standing.bound.rules, standing.bound.hold_days)
    steps = []
    for row in standing.newer:
        mine = (standing.bound.rules, standing.bound.hold_days) if standing.by_contract else (None, None)
        after = wording.promises(row, *mine)
        steps.append((row, wording.changes(before, after)))
        before = after
    return web.page("affiliate/newer_terms.html", standing=standing, steps=steps, **_about(enrolment))


@blueprint.post("/links/terms/<id:enrolment_id>/<id:terms_id>/accept")
@requires(policy.may_own_link, load=queries.newer_for)
def accept_terms(wanted: tuple[Enrolment, ProgramTerms]) -> Response:
    """Take the newer rates."""
    row, newest = wanted
    enrolments.accept_terms(row, newest, by=current_actor())
    flash(gettext("Accepted. Orders before that day keep their rates."), "good")
    return web.back_to("affiliate.links")


@blueprint.get("/links/new/<id:enrolment_id>")
@requires(policy.may_own_link, load=queries.own_enrolment)
def new_link(enrolment: Enrolment) -> Response:
    """Where should the link lead?"""
    return web.page("affiliate/new_link.html", form=_with_start(LinkForm(), enrolment), **_about(enrolment))


@blueprint.post("/links/new/<id:enrolment_id>")
@requires(policy.may_own_link, load=queries.own_enrolment, typed=True)
def create_link(enrolment: Enrolment) -> Response:
    """Make it."""
    form = LinkForm()
    if form.validate():
        try:
            made = links.create(enrolment, form.destination.data, label=form.label.data or "", by=current_actor())
            flash(gettext("Your link is ready."), "good")
            return web.back_to("affiliate.link", link_id=made.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("affiliate/new_link.html", form, **_about(enrolment))


@blueprint.get("/links/<id:link_id>")
@requires(policy.may_own_link, load=queries.own_link)
def link(link: TrackingLink) -> Response:
    """One link with its QR code."""
    address = address_of(link)
    return web.page("affiliate/link.html", link=link, address=address, qr=links.qr(address))


@blueprint.get("/links/<id:link_id>/qr.svg")
@requires(policy.may_own_link, load=queries.own_link)
def link_qr(link: TrackingLink) -> Response:
    """The QR code to take along."""
    response = Response(links.qr(address_of(link)), mimetype="image/svg+xml")
    response.headers["Content-Disposition"] = f'attachment; filename="qr-{link.slug}.svg"'
    return response


@blueprint.post("/links/<id:link_id>/retire")
@requires(policy.may_own_link, load=queries.own_link)
def retire_link(link: TrackingLink) -> Response:
    """Stop counting."""
    links.retire(link, by=current_actor())
    return web.back_to("affiliate.links")


@blueprint.get("/statements")
@requires(policy.may_have_links)
def statements() -> Response:
    """Every statement of the acting creator, what they hold that is not paid, and what has not closed into one yet."""
    actor = current_actor()
    owed = running.owed(actor)
    return web.page(
        "affiliate/statements.html",
        lines=queries.statements_of_creator(actor),
        months=running.months(actor),
        open_lines=running.lines(actor),
        owed=owed,
        owed_lines=running.owed_lines(actor) if owed else [],
    )


@blueprint.get("/statements/<id:statement_id>")
@requires(policy.may_read_statement, load=queries.visible_statement)
def statement(row: Statement) -> Response:
    """A closed month, as a document."""
    form, only = OrderForm(request.args), request.args.get("lines")
    order = form.wanted
    only = only if only in documents.ONLY else None
    found = documents.page(row, web.page_number(), only=only, order=order)
    return web.page(
        "affiliate/statement.html",
        statement=row,
        program=db.session.get_one(Program, row.program_id),
        form=form,
        found=found,
        only=only,
        order=order,
        line_at=line_at,
        release=payouts.standing(row),
        paid=payouts.paid_within(row),
        **_direct(row),
        creator=queries.creator_name(row.enrolment_id),
    )


def line_at(row: Statement, number: int) -> str:
    """The address of a line of a statement: its page, and there the line."""
    page = (number - 1) // documents.PAGE + 1
    return url_for(
        "affiliate.statement",
        statement_id=row.id,
        page=page if page > 1 else None,
        _anchor=f"line-{number}",
    )


def _direct(row: Statement) -> dict[str, Any]:
    """What was paid directly for a statement, and what its brand may still record as paid so."""
    batch = payouts.standing(row).batch
    return {
        "direct": direct_payouts.payments(batch),
        "to_record": direct_payouts.open_amount(row) if direct.allowed() else None,
        "state_of_direct": payment_words.state_of_direct,
    }


def _file(actor: Any, statement_id: UUID, kind: str) -> tuple[Statement, str] | None:
    row = queries.visible_statement(actor, statement_id)
    return (row, kind) if row else None


@blueprint.get("/statements/<id:statement_id>/<any('csv','json'):kind>")
@requires(policy.may_read_statement, load=_file)
def statement_file(wanted: tuple[Statement, str]) -> Response:
    """The statement as CSV, or as canonical JSON."""
    row, kind = wanted
    name = f"statement-{row.number}-{db.short(row.id)}.{kind}"
    if kind == "csv":
        lines = stream_with_context(documents.csv_lines(row))
        response = Response(lines, content_type="text/csv; charset=utf-8")
    else:
        response = Response(documents.canonical(row), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/statements/lines/<id:enrolment_id>/<id:line_id>")
@requires(policy.may_read_statement, load=queries.visible_line)
def line(row: Line) -> Response:
    """Where a line comes from and where it went."""
    return web.page("affiliate/line.html", **line_context(row))


def line_context(row: Line, refund: RefundForm | None = None) -> dict[str, Any]:
    """What the page of a line shows; `refund`: what somebody of the brand typed in its form."""
    found = chain.of(row, for_brand=current_actor().is_a("brand"))
    return {
        "chain": found,
        "clicks": chain.clicks_behind(found),
        "line_at": line_at,
        "form": refund or RefundForm(formdata=None),
        "standing": refunds.standing(found.order) if policy.may_run_programs(current_actor()) else None,
    }


def _about(enrolment: Enrolment) -> dict[str, Any]:
    program = db.session.get_one(Program, enrolment.program_id)
    return {"enrolment": enrolment, "program": program, "domains": links.proven_domains(program.brand_party_id)}


def _with_start(form: LinkForm, enrolment: Enrolment) -> LinkForm:
    domains = _about(enrolment)["domains"]
    form.destination.data = f"https://{domains[0]}/" if domains else ""
    return form
