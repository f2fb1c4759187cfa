"""Who is told of what. Events that need no telling are listed at the end, with the reason."""

from __future__ import annotations

from marketplace import db
from marketplace.accounts import codes
from marketplace.accounts import queries as people
from marketplace.accounts.events import CodeAsked
from marketplace.accounts.models import EmailCode
from marketplace.notifications import tell


def send_code(fact: CodeAsked) -> None:
    """A code to prove an address; whoever has an account already is told so instead."""
    row = db.session.get_one(EmailCode, fact.code_id)
    known = people.user_by_email(row.email)
    if row.purpose == "reset" and known is None:
        return
    if row.purpose != "reset" and known is not None:
        tell.mail(row.email, "accounts.known_address", "/sign-in", language=known.language)
        return
    pages = {"sign_up": "/sign-up/code", "reset": "/reset/code", "change_email": "/settings/e-mail/code"}
    language = row.payload.get("account", {}).get("language") or (known.language if known else "en")
    tell.mail(
        row.email, "accounts.code_asked", pages[row.purpose], language=language, purpose=row.purpose,
        code=codes.digits(row),
    )  # fmt: skip


REACTIONS = {
    CodeAsked: (send_code,),
}
