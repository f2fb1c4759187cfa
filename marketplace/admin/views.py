"""The operator's pages."""

from __future__ import annotations

from typing import Any

from babel.dates import format_timedelta
from flask import Blueprint, Flask, flash
from flask_babel import get_locale, gettext

from marketplace import deadlines, web
from marketplace.accounts import legal
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Party
from marketplace.admin import cases, delivery_words, dev, policy, queries, service, set_up
from marketplace.admin.forms import OpenBrand
from marketplace.authz import current_actor, requires
from marketplace.brands import names
from marketplace.brands import queries as brand_queries
from marketplace.brands.models import BrandRename
from marketplace.errors import Refused
from marketplace.events import EventDelivery
from marketplace.notifications.models import Mail
from marketplace.payments.losses import returned
from marketplace.payments.reconciliation import differences

blueprint = Blueprint("admin", __name__)
BLUEPRINTS = [blueprint, set_up.blueprint]


def install(app: Flask) -> None:
    """Set-up before anything else; the pages of development where it is."""
    app.jinja_env.filters["span"] = lambda value: format_timedelta(value, locale=str(get_locale() or "en"))
    set_up.install(app)
    dev.install(app)


@blueprint.get("/staff")
@requires(policy.may_see_staff_pages)
def home() -> Any:
    """What the operator looks after."""
    rows, actor = queries.brands(), current_actor()
    settings = accounts.instance()
    return web.page(
        "admin/home.html",
        work=queries.work(),
        brands=len(rows),
        unverified=brand_queries.to_verify(),
        missing=[title for kind, title in legal.TITLES.items() if kind not in legal.in_force()],
        renames=len(queries.renaming()),
        settings=settings,
        differences=len(differences.alarming()),
        mine=len(deadlines.owned_by(actor.party_id)) + len(returned.waiting()) if actor.party_id else 0,
    )


@blueprint.get("/staff/jobs")
@requires(policy.may_see_staff_pages)
def jobs() -> Any:
    """What runs by itself, what waits, and what a person must look at."""
    return web.page("admin/jobs.html", work=queries.work(), words=delivery_words)


@blueprint.post("/staff/jobs/deliveries/<id:delivery_id>/again")
@requires(policy.may_run_jobs_on, load=queries.parked_delivery)
def deliver_again(row: EventDelivery) -> Any:
    """Try a parked delivery again."""
    service.deliver_again(row)
    return web.back_to("admin.jobs")


@blueprint.post("/staff/jobs/mails/<id:mail_id>/again")
@requires(policy.may_run_jobs_on, load=queries.parked_mail)
def send_again(row: Mail) -> Any:
    """Try a parked message again."""
    service.send_again(row)
    return web.back_to("admin.jobs")


@blueprint.get("/staff/brands")
@requires(policy.may_see_staff_pages)
def brands() -> Any:
    """Every brand, the unverified first, and the form to open one."""
    return _brands(OpenBrand())


@blueprint.post("/staff/brands")
@requires(policy.may_verify, typed=True)
def open_brand() -> Any:
    """Open a brand and invite its owner."""
    form = OpenBrand()
    if form.validate():
        try:
            service.open_brand(form.name.data, form.country.data, form.email.data, by=current_actor())
            flash(gettext("The brand is open; its owner has an invitation."), "good")
            return web.back_to("admin.brands")
        except Refused as refusal:
            form.refuse(refusal)
    return _brands(form)


def _brands(form: OpenBrand) -> Any:
    return web.form_page(
        "admin/brands.html", form, rows=queries.brands(), asking=queries.renaming(), settings=accounts.instance()
    )


@blueprint.get("/staff/brands/<id:party_id>")
@requires(policy.may_see_brand, load=queries.brand)
def brand(brand: Party) -> Any:
    """What there is to judge a brand by."""
    return web.page("admin/brand.html", case=cases.of(brand), settings=accounts.instance())


@blueprint.post("/staff/brands/<id:party_id>/names/<id:rename_id>/agree")
@requires(policy.may_answer_name, load=queries.rename)
def agree_to_name(row: BrandRename) -> Any:
    """The brand goes by the name it asked for."""
    names.agree(row, by=current_actor())
    flash(gettext("It is called “%(name)s” from now on.", name=row.new_name), "good")
    return web.back_to("admin.brand", party_id=row.party_id)


@blueprint.post("/staff/brands/<id:party_id>/names/<id:rename_id>/refuse")
@requires(policy.may_answer_name, load=queries.rename)
def refuse_name(row: BrandRename) -> Any:
    """It keeps the old one."""
    names.refuse(row, by=current_actor())
    flash(gettext("It keeps the name “%(name)s”.", name=row.old_name), "good")
    return web.back_to("admin.brand", party_id=row.party_id)


@blueprint.post("/staff/brands/<id:party_id>/verify")
@requires(policy.may_verify, load=queries.brand)
def verify(brand: Party) -> Any:
    """Vouch for a brand."""
    service.verify(brand, by=current_actor())
    flash(gettext("%(brand)s may publish and write to creators now.", brand=brand.name), "good")
    return web.back_to("admin.brand", party_id=brand.id)
