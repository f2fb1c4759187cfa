"""The page behind the link that undoes a change of address. Opening it changes nothing; its button does, once."""

from __future__ import annotations

from typing import Any

from marketplace import authz, web
from marketplace.accounts import undo
from marketplace.accounts.routes import blueprint
from marketplace.authz import public


@blueprint.get("/undo/e-mail/<token>")
@public
def show_undo_email(token: str) -> Any:
    """What undoing will do."""
    row = undo.email_change(token)
    undo.refuse_if_over(row.changed_at, row.undone_at)
    return web.page("accounts/undo_email.html", token=token, old_email=row.old_email)


@blueprint.post("/undo/e-mail/<token>")
@public
def undo_email(token: str) -> Any:
    """Undo it."""
    undo.undo_email(undo.email_change(token))
    authz.forget_actor()
    return web.page("accounts/undone.html")
