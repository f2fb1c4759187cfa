"""Terms of service and privacy notice: the public pages, and where the operator writes them."""

from __future__ import annotations

from typing import Any

from flask import flash
from flask_babel import gettext

from marketplace import web
from marketplace.accounts import legal, markup, policy
from marketplace.accounts.forms import PublishLegalText
from marketplace.accounts.legal import Kind
from marketplace.accounts.models import LegalText
from marketplace.accounts.routes import blueprint
from marketplace.authz import current_actor, public, requires
from marketplace.errors import NotThere, Refused


@blueprint.get("/<any(terms, privacy):kind>")
@public
def legal_text(kind: str) -> Any:
    """What is in force; no such page until something is."""
    return _text(legal.current(Kind(kind)), in_force=True)


@blueprint.get("/<any(terms, privacy):kind>/<int(max=100000):number>")
@public
def legal_version(kind: str, number: int) -> Any:
    """One version, as it was published."""
    row, current = legal.version(Kind(kind), number), legal.current(Kind(kind))
    return _text(row, in_force=row is not None and row == current)


def _text(row: LegalText | None, *, in_force: bool) -> Any:
    if row is None:
        raise NotThere()
    kind = Kind(row.kind)
    return web.page(
        "accounts/legal_text.html",
        row=row,
        title=legal.TITLES[kind],
        in_force=in_force,
        blocks=markup.blocks(row.text),
        others=[one for one in legal.versions(kind) if one.id != row.id],
    )


@blueprint.get("/staff/legal")
@requires(policy.administers)
def legal_texts() -> Any:
    """What is published and what is not."""
    texts = [{"kind": kind.value, "title": legal.TITLES[kind], "row": legal.current(kind)} for kind in Kind]
    return web.page("accounts/legal_texts.html", texts=texts)


@blueprint.get("/staff/legal/<any(terms, privacy):kind>")
@requires(policy.administers)
def edit_legal_text(kind: str) -> Any:
    """The text in force, to be changed."""
    row = legal.current(Kind(kind))
    return _edit(Kind(kind), PublishLegalText(data={"text": row.text if row else ""}))


@blueprint.post("/staff/legal/<any(terms, privacy):kind>")
@requires(policy.administers, typed=True)
def publish_legal_text(kind: str) -> Any:
    """Put a new version in force."""
    form = PublishLegalText()
    if form.validate():
        try:
            legal.publish(Kind(kind), form.text.data, by=current_actor())
            flash(gettext("Published. It is in force from now on."), "good")
            return web.back_to("accounts.legal_texts")
        except Refused as refusal:
            form.refuse(refusal)
    return _edit(Kind(kind), form)


def _edit(kind: Kind, form: PublishLegalText) -> Any:
    page, title = "accounts/edit_legal_text.html", legal.TITLES[kind]
    return web.form_page(page, form, kind=kind.value, title=title, row=legal.current(kind))
