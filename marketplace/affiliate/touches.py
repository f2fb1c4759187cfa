"""Looks up, for a batch of orders at once, everything attribution and rating need to know.

Candidates are the tokens the shop sends, clicks joined to them by one consented cookie, a link's
slug (the way without consent: the shop saw it on the visit that bought), and codes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.accounts.models import Membership, User
from marketplace.affiliate import rates, tokens
from marketplace.affiliate.attribution import CLICK, CODE, LINK, Touch
from marketplace.affiliate.incoming import Incoming
from marketplace.affiliate.links import normalise
from marketplace.affiliate.models import (
    Click,
    DiscountCode,
    Enrolment,
    EnrolmentTerms,
    Program,
    ProgramTerms,
    TrackingLink,
)


class Book:
    """What is known about one program, for a batch of its orders."""

    def __init__(self, program: Program, orders: Sequence[Incoming]) -> None:
        self.program = program
        self.tokens = {text: tokens.read(text) for order in orders for text in order.clicks}
        genuine = [token for token in self.tokens.values() if token]
        self.links = self._links({t.link_id for t in genuine}, {order.link for order in orders if order.link})
        self.slugs = {link.slug: link for link in self.links.values()}
        self.clicks = self._clicks([(t.link_id, t.click_id) for t in genuine if t.link_id in self.links])
        self.by_browser = self._by_browser()
        self.links |= self._links({click.link_id for rows in self.by_browser.values() for click in rows}, set())
        self.codes = self._codes({normalise(text) for order in orders for text, _ in order.codes})
        touched = {link.enrolment_id for link in self.links.values()}
        touched |= {row.enrolment_id for rows in self.codes.values() for row in rows if row.enrolment_id}
        self.enrolments = _by_id(Enrolment, touched)
        self.bound = self._bound(touched)
        self.terms = list(
            db.session.scalars(
                sa.select(ProgramTerms).where(ProgramTerms.program_id == program.id).order_by(ProgramTerms.number)
            )
        )
        self.emails = self._emails() if any(order.email for order in orders) else {}

    def terms_at(self, moment: datetime) -> ProgramTerms:
        """The program's terms in force at a moment; before the first ones, the first."""
        return _latest(self.terms, moment)

    def bound_at(self, enrolment_id: UUID, moment: datetime) -> EnrolmentTerms:
        """The rates an affiliate had accepted by a moment; before that, her first."""
        return _latest(self.bound[enrolment_id], moment)

    def touches(self, order: Incoming) -> list[Touch]:
        """Every candidate touch of an order."""
        found = [touch for text in order.clicks for touch in self._of_token(text, order)]
        if link := self.slugs.get(order.link):
            found.append(self._touch(LINK, link.enrolment_id, order, order.occurred_at, link=str(link.id)))
        for text, discount in order.codes:
            if touch := self._of_code(normalise(text), discount, order):
                found.append(touch)
        return list({(t.kind, t.click, t.link, t.code): t for t in found}.values())

    def _of_token(self, text: str, order: Incoming) -> list[Touch]:
        token = self.tokens[text]
        link = self.links.get(token.link_id) if token else None
        if token is None or link is None:
            return []
        click = self.clicks.get(token.click_id)
        marks: dict[str, Any] = {"link": str(link.id), "click": str(token.click_id)}
        if click is not None:
            marks |= {"label": click.label, "sub_ids": click.sub_ids}
        found = [self._touch(CLICK, link.enrolment_id, order, token.at, **marks)]
        for other in self.by_browser.get(click.browser, []) if click is not None and click.browser else []:
            if other.id != token.click_id and other.occurred_at <= order.occurred_at:
                marks = {"link": str(other.link_id), "click": str(other.id), "sub_ids": other.sub_ids}
                found.append(self._touch(CLICK, other.enrolment_id, order, other.occurred_at, **marks))
        return found

    def _of_code(self, code: str, discount: int, order: Incoming) -> Touch | None:
        """The holder at the order's time; else the last one before, whose code has expired."""
        rows = self.codes.get(code, [])
        at = order.occurred_at
        holder = next((r for r in rows if r.valid_from <= at and (r.valid_until is None or at < r.valid_until)), None)
        expired = holder is None
        if expired:
            holder = next((row for row in reversed(rows) if row.valid_until and row.valid_until <= at), None)
        if holder is None or holder.enrolment_id is None:
            return None
        marks = {"code": str(holder.id), "discount": discount, "expired": expired}
        return self._touch(CODE, holder.enrolment_id, order, at, **marks)

    def _touch(self, kind: str, enrolment_id: UUID, order: Incoming, at: datetime, **marks: Any) -> Touch:
        enrolment = self.enrolments[enrolment_id]
        return Touch(
            kind,
            str(enrolment_id),
            at,
            enrolled=enrolment.active_at(order.occurred_at) and not self._unanswered(enrolment_id, order.occurred_at),
            own=bool(order.email) and order.email in self.emails.get(enrolment.creator_party_id, ()),
            **marks,
        )

    def _unanswered(self, enrolment_id: UUID, moment: datetime) -> bool:
        """Were newer rates in force that she had not accepted? The clock pauses her for it a little later."""
        waits = rates.owed(self.terms, self.bound[enrolment_id])
        return waits is not None and waits.valid_from <= moment

    def _links(self, ids: set[UUID], slugs: set[str]) -> dict[UUID, TrackingLink]:
        if not ids and not slugs:
            return {}
        rows = db.session.scalars(
            sa.select(TrackingLink).where(
                TrackingLink.program_id == self.program.id,
                sa.or_(TrackingLink.id.in_(ids), TrackingLink.slug.in_(slugs)),
            )
        )
        return {row.id: row for row in rows}

    def _clicks(self, keys: list[tuple[UUID, UUID]]) -> dict[UUID, Click]:
        if not keys:
            return {}
        rows = db.session.scalars(sa.select(Click).where(sa.tuple_(Click.link_id, Click.id).in_(keys)))
        return {row.id: row for row in rows}

    def _by_browser(self) -> dict[bytes, list[Click]]:
        browsers = {click.browser for click in self.clicks.values() if click.browser}
        found: dict[bytes, list[Click]] = defaultdict(list)
        if browsers:
            rows = sa.select(Click).where(
                Click.program_id == self.program.id, Click.browser.in_(browsers), Click.label == ""
            )
            for click in db.session.scalars(rows):
                if click.browser:
                    found[click.browser].append(click)
        return found

    def _codes(self, codes: set[str]) -> dict[str, list[DiscountCode]]:
        found: dict[str, list[DiscountCode]] = defaultdict(list)
        if codes:
            rows = sa.select(DiscountCode).where(
                DiscountCode.program_id == self.program.id, DiscountCode.code.in_(codes)
            )
            for row in db.session.scalars(rows.order_by(DiscountCode.valid_from)):
                found[row.code].append(row)
        return found

    def _bound(self, enrolments: Iterable[UUID]) -> dict[UUID, list[EnrolmentTerms]]:
        found: dict[UUID, list[EnrolmentTerms]] = defaultdict(list)
        rows = sa.select(EnrolmentTerms).where(EnrolmentTerms.enrolment_id.in_(set(enrolments)))
        for row in db.session.scalars(rows.order_by(EnrolmentTerms.valid_from, EnrolmentTerms.id)):
            found[row.enrolment_id].append(row)
        return found

    def _emails(self) -> dict[UUID, set[str]]:
        parties = {row.creator_party_id for row in self.enrolments.values()}
        rows = db.session.execute(
            sa.select(Membership.party_id, User.email).join(User).where(Membership.party_id.in_(parties))
        )
        found: dict[UUID, set[str]] = defaultdict(set)
        for party_id, email in rows:
            if email:
                found[party_id].add(tokens.email_digest(email))
        return found


def _by_id(model: type[Enrolment], ids: set[UUID]) -> dict[UUID, Enrolment]:
    return {row.id: row for row in db.session.scalars(sa.select(model).where(model.id.in_(ids)))}


def _latest(rows: Sequence[Any], moment: datetime) -> Any:
    return next((row for row in reversed(rows) if row.valid_from <= moment), rows[0])
