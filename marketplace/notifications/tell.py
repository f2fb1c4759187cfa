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

from marketplace import clock, db, deadlines, web
from marketplace.accounts import queries as people
from marketplace.accounts.models import PartyKind, User
from marketplace.creators import holidays
from marketplace.deadlines import Deadline, Kind
from marketplace.money import Money
from marketplace.notifications import outbox
from marketplace.notifications.models import Mail, Notification
from marketplace.notifications.queries import settings as settings_of


def party(
    party_id: UUID,
    event: str,
    link: str,
    *,
    roles: tuple[str, ...] = (),
    urgent: bool = False,
    deadline: Deadline | None = None,
    **words: Any,
) -> None:
    """Tell a party's members (in `roles`, if any; else the owners, when nobody has one of them).

    `link` is the local address of the one clear action, `deadline` the clock of what it asks of them, if it asks.
    """
    told = people.members(party_id, roles) or people.members(party_id, ("owner", "admin"))
    for membership in told:
        user(membership.user, event, link, party_id=party_id, urgent=urgent, deadline=deadline, **words)


def user(
    who: User,
    event: str,
    link: str,
    *,
    party_id: UUID | None = None,
    urgent: bool = False,
    can_wait: bool = False,
    deadline: Deadline | None = None,
    **words: Any,
) -> Notification:
    """Tell one user. `can_wait` keeps an urgent mail back while she is away: reminders pause.

    What it asks may be done before it is told: then `deadline` has stopped, or is the other side's, and nothing is mailed.
    """
    done = deadline is not None and not (deadline.asks and deadline.owner_party_id == party_id)
    row = Notification(
        id=db.new_id(),
        user_id=who.id,
        party_id=party_id,
        event=event,
        sentence=render(event, "subject.txt", who.language, zone=who.zone, link=link, user=who, **words),
        link=link,
        deadline_id=deadline.id if deadline else None,
        created_at=clock.now(),
    )
    db.session.add(row)
    if urgent and who.email and not done and not (can_wait and away(who)):
        mail(who.email, event, link, language=who.language, zone=who.zone, user=who, **words)
        row.mailed_at = clock.now()
    return row


def asking(kind: Kind, subject: tuple[str, UUID]) -> dict[str, Deadline | None]:
    """For `party` and `user`: the clock of what a line asks for. Once it stops, the line is settled for everybody."""
    return {"deadline": deadlines.newest(kind, subject)}


def away(who: User) -> bool:
    """Has she asked for no reminders today, or is she on an announced holiday?"""
    until = settings_of(who.id).away_until
    if until is not None and clock.today(who.zone) <= until:
        return True
    creators = {row.party_id for row in people.memberships_of(who.id) if row.party.kind == PartyKind.CREATOR}
    return bool(creators and holidays.now_away(creators))


def mail(to: str, event: str, link: str, *, language: str = "en", zone: str | None = None, **words: Any) -> Mail:
    """Mail an address at once, whether or not it belongs to a user; moments are written in the reader's `zone`."""
    subject = render(event, "subject.txt", language, zone=zone, link=link, **words)
    text, html = (
        render(event, part, language, zone=zone, link=link, subject=subject, **words)
        for part in ("body.txt", "body.html")
    )
    return outbox.write(to, subject, text, html)


def render(event: str, part: str, language: str, *, link: str, zone: str | None = None, **words: Any) -> str:
    """One part of an event's words, in a language; `url` is the link with the portal's address; amounts are
    written as the language writes them."""
    url = current_app.config["BASE_URL"] + link
    words = {name: value.format(language) if isinstance(value, Money) else value for name, value in words.items()}
    with force_locale(language), web.for_reader_in(zone):
        return render_template(f"notifications/{event}/{part}", link=link, url=url, **words).strip()
