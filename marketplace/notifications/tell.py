"""Saying one thing to the right people: a line in the app, and a mail at once when it cannot wait.

Words live in `templates/notifications/<event>/`: `subject.txt` is the line in the app and the
mail's subject; `body.txt` and `body.html` exist where the event mails at once. Mails at once are
for money, signatures, clocks under 24 hours and codes; all else waits for the daily digest.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, render_template
from flask_babel import force_locale

from marketplace import clock, db
from marketplace.accounts import queries as people
from marketplace.accounts.models import User
from marketplace.notifications import outbox
from marketplace.notifications.models import Mail, Notification


def party(
    party_id: UUID, event: str, link: str, *, roles: tuple[str, ...] = (), urgent: bool = False, **words: Any
) -> None:
    """Tell a party's members (in `roles`, if any; else the owners, when nobody has one of them).

    `link` is the local address of the one clear action.
    """
    told = people.members(party_id, roles) or people.members(party_id, ("owner", "admin"))
    for membership in told:
        user(membership.user, event, link, party_id=party_id, urgent=urgent, **words)


def user(
    who: User, event: str, link: str, *, party_id: UUID | None = None, urgent: bool = False, **words: Any
) -> Notification:
    """Tell one user."""
    row = Notification(
        id=db.new_id(),
        user_id=who.id,
        party_id=party_id,
        event=event,
        sentence=render(event, "subject.txt", who.language, link=link, user=who, **words),
        link=link,
        created_at=clock.now(),
    )
    db.session.add(row)
    if urgent and who.email:
        mail(who.email, event, link, language=who.language, user=who, **words)
        row.mailed_at = clock.now()
    return row


def mail(to: str, event: str, link: str, *, language: str = "en", **words: Any) -> Mail:
    """Mail an address at once, whether or not it belongs to a user."""
    parts = {name: render(event, name, language, link=link, **words) for name in PARTS}
    return outbox.write(to, parts["subject.txt"], parts["body.txt"], parts["body.html"])


PARTS = ("subject.txt", "body.txt", "body.html")


def render(event: str, part: str, language: str, *, link: str, **words: Any) -> str:
    """One part of an event's words, in a language; `url` is the link with the portal's address."""
    url = current_app.config["BASE_URL"] + link
    with force_locale(language):
        return render_template(f"notifications/{event}/{part}", link=link, url=url, **words).strip()
