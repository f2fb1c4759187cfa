"""The creator's word on a brief's newer terms: she accepts them, or keeps her own. Both stand on the application's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request
from flask_babel import gettext

from marketplace import db, web
from marketplace.authz import current_actor, requires
from marketplace.collaborations import application_page, newer_terms, policy, queries
from marketplace.collaborations.forms import new_terms_form
from marketplace.collaborations.models import Application
from marketplace.errors import Refused
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion


@requires(policy.may_take_terms, load=queries.own_application, typed=True)
def accept_new_terms(application: Application) -> Any:
    """Accept the terms that were read: the form names their version. What is refused shows the newest, price kept."""
    actor, version = current_actor(), _read(application)
    form: Any = new_terms_form(_newest(application).body)()
    refusal: Refused | None = None
    if form.validate():
        try:
            newer_terms.accept(application, version, form.fee.data if form.fee else None, by=actor)
            flash(gettext("Accepted. Your application stands on the new terms now, and the brand knows."), "good")
            return web.back_to("collaborations.show", application_id=application.id)
        except Refused as found:
            form.refuse(refusal := found)
    shown = application_page.context(queries.own_application(actor, application.id) or application, actor, form)
    if refusal and not (shown["newer"] and shown["newer"]["deciding"]):
        raise refusal
    return web.page("collaborations/show.html", refusal.status if refusal else 422, **shown)


@requires(policy.may_take_terms, load=queries.own_application)
def keep_terms(application: Application) -> Any:
    """Keep one's own: the form names the version that was read and refused."""
    newer_terms.keep(application, _read(application), by=current_actor())
    flash(gettext("Your terms stay as they were, and the brand knows. You can still accept the new ones."), "good")
    return web.back_to("collaborations.show", application_id=application.id)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    base = "/applications/<id:application_id>"
    blueprint.add_url_rule(f"{base}/new-terms", "accept_new_terms", accept_new_terms, methods=["POST"])
    blueprint.add_url_rule(f"{base}/own-terms", "keep_terms", keep_terms, methods=["POST"])


def _newest(application: Application) -> TermsVersion:
    if application.brief.version_id is None:
        raise LookupError("A brief somebody applied to has a version.")
    return terms_queries.version(application.brief.version_id)


def _read(application: Application) -> TermsVersion:
    """The version of its brief that the form names. Raises Refused for anything else."""
    try:
        found = db.session.get(TermsVersion, db.long(request.form.get("version", "")))
    except ValueError:
        found = None
    if found is None or found.document_id != _newest(application).document_id:
        raise Refused(gettext("This form does not say which terms you read. Open the application and look again."))
    return found
