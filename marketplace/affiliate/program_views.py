"""What a brand sees: its programs, their terms, affiliates, orders, statements, imports and keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, request, session
from flask_babel import gettext

from marketplace import clock, db, web
from marketplace.accounts import queries as accounts
from marketplace.affiliate import (
    enrolments,
    heard,
    links,
    payouts,
    policy,
    programs,
    queries,
    roster,
    running,
    shops,
    wording,
)
from marketplace.affiliate import orders as order_list
from marketplace.affiliate.forms import CodeForm, KeyForm, NewTermsForm, OrderForm, ProgramForm
from marketplace.affiliate.models import DiscountCode, Enrolment, Program, Shop, ShopKey
from marketplace.affiliate.routes import blueprint
from marketplace.affiliate.sales_models import Order
from marketplace.authz import current_actor, requires
from marketplace.errors import NotThere, Refused

MOVES = {
    "approve": enrolments.approve,
    "pause": enrolments.pause,
    "resume": enrolments.resume,
    "end": enrolments.end,
}
NEW_KEY = "new_shop_key"  # in the session: the key whose secret was not shown yet
TWICE = timedelta(minutes=1)  # how long after its making a button pressed twice may still lead to a key's secret


def _currency() -> str:
    settings = accounts.instance()
    return settings.currency if settings else "USD"


def _new_form() -> ProgramForm:
    form = ProgramForm()
    form.payout_minimum.currency = _currency()
    if not form.is_submitted():
        form.zone.data = current_actor().zone
    return form


@blueprint.get("/brand/programs", endpoint="programs")
@requires(policy.may_see_programs)
def my_programs() -> Response:
    """The brand's programs."""
    return web.page("affiliate/programs.html", lines=queries.own_programs(current_actor()))


@blueprint.get("/brand/programs/new")
@requires(policy.may_run_programs)
def new_program() -> Response:
    """What will it pay, and whom?"""
    return web.page("affiliate/new_program.html", form=_new_form())


@blueprint.post("/brand/programs/new")
@requires(policy.may_run_programs, typed=True)
def open_program() -> Response:
    """Open it."""
    form = _new_form()
    if form.validate():
        try:
            made = programs.open_program(
                name=form.name.data,
                summary=form.summary.data or "",
                currency=_currency(),
                zone=form.zone.data,
                payout_minimum=form.payout_minimum.data,
                statement_day=form.statement_day.data,
                joining=form.joining.data,
                consent=form.consent.data,
                terms_=form.terms(),
                by=current_actor(),
            )
            flash(gettext("%(name)s is open.", name=made.name), "good")
            return web.back_to("affiliate.program", program_id=made.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("affiliate/new_program.html", form)


@blueprint.get("/brand/programs/<id:program_id>")
@requires(policy.may_see_programs, load=queries.own_program)
def program(row: Program) -> Response:
    """A program with its terms and its affiliates."""
    people = roster.affiliates(row)
    return web.page(
        "affiliate/program.html",
        program=row,
        terms=programs.terms_in_force(row.id, clock.now()),
        history=queries.terms_history(row),
        affiliates=people,
        answers=roster.answers(people),
        domains=links.proven_domains(row.brand_party_id),
        budget=payouts.protected(row),
        missing=payouts.missing(row),
        connected=heard.connected(row),
    )


@blueprint.get("/brand/programs/<id:program_id>/terms")
@requires(policy.may_run_programs, load=queries.own_program)
def edit_terms(row: Program) -> Response:
    """The next terms."""
    latest = programs.latest_terms(row.id)
    form = NewTermsForm(
        window_days=latest.window_seconds // programs.DAY, hold_days=latest.hold_days, code_policy=latest.code_policy
    )
    form.rate.data = latest.rules[0].get("percent_bps")
    return web.page("affiliate/edit_terms.html", form=form, program=row, changes=None)


@blueprint.post("/brand/programs/<id:program_id>/terms")
@requires(policy.may_run_programs, load=queries.own_program, typed=True)
def announce_terms(row: Program) -> Response:
    """Show what would change, and announce what was looked over."""
    form = NewTermsForm()
    if form.validate():
        try:
            moment = clock.start_of_day(form.valid_from.data, row.zone)
            if form.seen.data == form.fingerprint():
                programs.announce_terms(row, form.terms(), valid_from=moment, by=current_actor())
                flash(gettext("Announced. Your affiliates are told; new rates bind each once they accept."), "good")
                return web.back_to("affiliate.program", program_id=row.id)
            latest = programs.check_announcement(row, form.terms(), valid_from=moment)
            form.seen.data = form.fingerprint()
            changes = wording.changes(wording.promises(latest), wording.promises(form.terms()))
            asked = roster.asked_by(row, form.terms())
            return web.page("affiliate/edit_terms.html", form=form, program=row, changes=changes, asked=asked)
        except Refused as refusal:
            form.refuse(refusal)
        except OverflowError:
            form.refuse(Refused(gettext("Choose a day in the near future."), field="valid_from"))
    return web.form_page("affiliate/edit_terms.html", form, program=row, changes=None)


@blueprint.get("/brand/affiliates/<id:enrolment_id>")
@requires(policy.may_see_programs, load=queries.enrolment_of_brand)
def affiliate(row: Enrolment) -> Response:
    """One affiliate: state, links, codes."""
    return web.page("affiliate/affiliate.html", form=CodeForm(), **_affiliate(row))


@blueprint.post("/brand/affiliates/<id:enrolment_id>/code")
@requires(policy.may_run_programs, load=queries.enrolment_of_brand, typed=True)
def give_code(row: Enrolment) -> Response:
    """Give her a code."""
    form = CodeForm()
    if form.validate():
        last = form.valid_until.data
        try:
            until = clock.end_of_day(last, row.program.zone) if last else None
            if until and until <= clock.now():
                raise Refused(gettext("This day is over."), field="valid_until")
            links.give_code(row.program, form.text.data, enrolment=row, valid_until=until, by=current_actor())
            return web.back_to("affiliate.affiliate", enrolment_id=row.id)
        except Refused as refusal:
            form.refuse(refusal)
        except OverflowError:
            form.refuse(Refused(gettext("Choose a day in the near future."), field="valid_until"))
    return web.form_page("affiliate/affiliate.html", form, **_affiliate(row))


def _move(actor: Any, enrolment_id: UUID, move: str) -> tuple[Enrolment, str] | None:
    row = queries.enrolment_of_brand(actor, enrolment_id)
    return (row, move) if row else None


@blueprint.post("/brand/affiliates/<id:enrolment_id>/<any('approve','pause','resume','end'):move>")
@requires(policy.may_run_programs, load=_move)
def move_affiliate(wanted: tuple[Enrolment, str]) -> Response:
    """Let her in, pause, go on, end."""
    row, move = wanted
    MOVES[move](row, by=current_actor())
    return web.back_to("affiliate.affiliate", enrolment_id=row.id)


@blueprint.post("/brand/codes/<id:code_id>/withdraw")
@requires(policy.may_run_programs, load=queries.code_of_brand)
def withdraw_code(row: DiscountCode) -> Response:
    """The code credits nobody from now on."""
    links.withdraw_code(row, by=current_actor())
    if row.enrolment_id is None:
        return web.back_to("affiliate.program", program_id=row.program_id)
    return web.back_to("affiliate.affiliate", enrolment_id=row.enrolment_id)


@blueprint.get("/brand/programs/<id:program_id>/orders")
@requires(policy.may_see_programs, load=queries.own_program)
def orders(row: Program) -> Response:
    """The program's orders, newest first, or those whose number begins as asked."""
    form = OrderForm(request.args)
    found = order_list.page(row, _mark("before"), _mark("after"), form.wanted)
    refused, refused_count = heard.not_taken(row)
    return web.page(
        "affiliate/orders.html",
        program=row,
        found=found,
        form=form,
        wanted=form.wanted,
        not_taken=refused,
        not_taken_count=refused_count,
    )


@blueprint.get("/brand/programs/<id:program_id>/statements")
@requires(policy.may_see_programs, load=queries.own_program)
def program_statements(row: Program) -> Response:
    """Every affiliate's closed months."""
    number = web.page_number()
    lines, pages = queries.statements_of_program(row, number)
    return web.page("affiliate/program_statements.html", program=row, lines=lines, page=number, pages=pages)


@blueprint.get("/brand/programs/<id:program_id>/shop")
@requires(policy.may_run_programs, load=queries.own_program)
def shop(row: Program) -> Response:
    """How the shop's own system reports orders; the first time after a key was made, with its secret."""
    found, made = queries.shops_of(row), session.get(NEW_KEY)
    key = next((one for _, keys in found for one in keys if db.short(one.id) == made), None)
    secret = shops.secret_of(key) if key and session.pop(NEW_KEY) else None
    once = KeyForm(formdata=None).once.data
    return web.page("affiliate/shop.html", program=row, shops=found, secret=secret, key=key, once=once)


@blueprint.post("/brand/shops/<id:shop_id>/keys")
@requires(policy.may_run_programs, load=queries.shop_of_brand)
def issue_key(row: Shop) -> Response:
    """A new key. The session names it, so that the next look at the page shows its secret, once."""
    form = KeyForm()
    key, _secret = shops.issue_key(row, once=form.once.data or "" if form.validate() else "", by=current_actor())
    if key.created_at > clock.now() - TWICE:
        session[NEW_KEY] = db.short(key.id)
    return web.back_to("affiliate.shop", program_id=row.program_id)


@blueprint.post("/brand/keys/<id:key_id>/revoke")
@requires(policy.may_run_programs, load=queries.key_of_brand)
def revoke_key(row: ShopKey) -> Response:
    """The key opens nothing any more."""
    shops.revoke_key(row, by=current_actor())
    owner = db.session.get_one(Shop, row.shop_id)
    return web.back_to("affiliate.shop", program_id=owner.program_id)


def _affiliate(row: Enrolment) -> dict[str, Any]:
    months, owed = running.of_affiliate(row)
    return {
        "enrolment": row,
        "program": row.program,
        "running": months,
        "owed": owed,
        **queries.affiliate_details(row),
    }


def _mark(name: str) -> order_list.Mark | None:
    """The order that a page stands before or after, from `?before=` or `?after=`."""
    mark = request.args.get(name)
    if not mark:
        return None
    try:
        last = db.session.get(Order, db.long(mark))
    except ValueError:
        last = None
    if last is None:
        raise NotThere
    return last.placed_at, last.id
