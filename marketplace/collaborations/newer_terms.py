"""A brief has newer terms than an application to it: what is new, and whether they become the application's.

An application stands on one version of its brief (`Application.brief_version_id`) until somebody moves it in the
open. While it waits for an answer, its creator accepts the newest terms or keeps her own: accepted, they are the next
version of her application, with her own price if she names one. The brand's answer clock runs on, so that no
revision buys the brand time. Once an offer is on the table it stays as it is: there either side proposes the newest
terms (`negotiation`, over `base`), and the other side accepts that proposal or not.

What a revision says to those who may still apply (places, last day, audience) binds nobody and asks nobody.
Invariant: whoever accepts, keeps or proposes names the version that was read, and is refused if it is not the newest.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import aliased, contains_eager, joinedload

from marketplace import db, events
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs import differences
from marketplace.briefs.models import Brief
from marketplace.briefs.parts import part
from marketplace.collaborations import negotiation, queries
from marketplace.collaborations.events import NewTermsAccepted, OldTermsKept
from marketplace.collaborations.models import Application
from marketplace.collaborations.states import OPEN, TALKING, WAITING
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.terms import queries as terms_queries
from marketplace.terms import service as terms
from marketplace.terms.models import TermsVersion

NEGOTIABLE = [each.name for each in fields(negotiation.Proposal) if each.name != "fee"]  # the fee is a part, not a line


@dataclass(frozen=True)
class Newer:
    """The terms an application stands on and the brief's newest, which bind differently; `kept`: she said no to them."""

    old: TermsVersion
    new: TermsVersion
    kept: bool

    def changes(self, products: dict[str, str] | None = None) -> list[dict[str, Any]]:
        """What is new, clause by clause, for the diff component. `products`: names by id."""
        return differences.binding(self.old.body, self.new.body, products)


def of(application: Application) -> Newer | None:
    """The newer terms of one application; None where it stands on the newest, or is closed."""
    return of_many([application.id]).get(application.id)


def of_many(application_ids: Iterable[UUID]) -> dict[UUID, Newer]:
    """The newer terms of open applications, by application; one query."""
    ids = list(application_ids)
    return {row.id: newer for row, newer in _behind(Application.id.in_(ids), Application.state.in_(OPEN))}


def undecided(actor: Actor) -> list[Application]:
    """The creator's applications that wait for an answer and whose newer terms she has neither accepted nor refused;
    with brief and brand."""
    mine = Application.creator_party_id == actor.party_id
    found = _behind(mine, Application.state.in_(WAITING))
    return [row for row, newer in found if not newer.kept]


def named(application: Application, version: str) -> TermsVersion | None:
    """The newest terms that an address or a form names by their short id; None where it names none.

    Raises Refused where they are not the newest any more, or on the table already.
    """
    if not version:
        return None
    newer = of(application)
    if newer is None or db.short(newer.new.id) != version:
        raise Refused(gettext("These are not the brief’s newest terms any more. Open the application and look again."))
    return newer.new


def own_price(application: Application, newer: Newer) -> Money | None:
    """The price she asked for, where it still says something on the newer terms: these have a fee in its currency,
    and her price lies on the same side of it as of the old one. None where there is nothing to repeat."""
    asked, before, now = application.asked_fee_minor, part(newer.old.body, "fee"), part(newer.new.body, "fee")
    if asked is None or before is None or now is None or newer.old.body["currency"] != newer.new.body["currency"]:
        return None
    same_side = (asked - before["amount"]) * (asked - now["amount"]) > 0
    return Money(asked, newer.new.body["currency"]) if same_side else None


def opened(application: Application, version: TermsVersion, fee: Money | None) -> dict[str, Any]:
    """What an application says that begins on a version of the brief, with the creator's own price or at its pay."""
    brand = db.session.get_one(Party, application.brand_party_id)
    return negotiation.opening_body(version.body, fee.minor if fee else None, territory=brand.country)


def base(application: Application, version: TermsVersion) -> dict[str, Any]:
    """The newest terms with what the two sides have changed by their proposals, to propose from."""
    held = queries.latest(application).body
    old = opened(application, terms_queries.version(application.brief_version_id), None)
    body = opened(application, version, None)
    for key in NEGOTIABLE:
        if held.get(key) != old.get(key):
            body[key] = copy.deepcopy(held.get(key))
    agreed, began, fee = (part(one, "fee") for one in (held, old, body))
    if agreed and began and fee and agreed["amount"] != began["amount"] and held["currency"] == body["currency"]:
        fee["amount"] = agreed["amount"]
    return body


def accept(application: Application, version: TermsVersion, fee: Money | None, *, by: Actor) -> Application:
    """The creator takes the brief's newest terms: they are the next version of her application, at `fee` or at the
    brief's pay. A second time with the same price changes nothing.

    Raises Refused when the brief changed again, when an offer is on the table, when the application is closed.
    """
    _lock(application)
    if application.brief_version_id == version.id and _says(application, fee):
        return application
    _check_undecided(application, version)
    new_fee, currency = part(version.body, "fee"), version.body["currency"]
    if fee is not None and (new_fee is None or fee.currency != currency):
        raise Refused(gettext("The new terms pay no fee in this currency."), status=422, field="fee")
    body = opened(application, version, fee)
    proposal = terms.revise(queries.latest(application), "application", body, by=by)
    terms.accept(version, by=by)
    fact = NewTermsAccepted(
        application_id=application.id,
        brief_id=application.brief_id,
        old_version_id=application.brief_version_id,
        version_id=version.id,
        creator_party_id=application.creator_party_id,
        brand_party_id=application.brand_party_id,
    )
    application.brief_version_id, application.proposal_version_id = version.id, proposal.id
    application.asked_fee_minor = fee.minor if fee else None
    events.emit(fact, by=by)
    return application


def keep(application: Application, version: TermsVersion, *, by: Actor) -> Application:
    """The creator says no to the newest terms: hers stay, and the brand knows. She may still accept them later.

    Raises Refused as `accept` does; a second time changes nothing.
    """
    _lock(application)
    if application.kept_against_id == version.id and application.state in WAITING:
        return application
    _check_undecided(application, version)
    application.kept_against_id = version.id
    sides = application.creator_party_id, application.brand_party_id
    events.emit(OldTermsKept(application.id, application.brief_id, version.id, *sides), by=by)
    return application


def propose(
    application: Application, proposal: negotiation.Proposal, version: TermsVersion, *, by: Actor
) -> TermsVersion:
    """Either side proposes over the brief's newest terms: an offer of the brand, a counter-offer of the creator.

    Raises Refused when the brief changed again, and whatever a proposal is refused for.
    """
    _lock(application)
    _check_newest(application, version)
    verb = negotiation.offer if by.party_id == application.brand_party_id else negotiation.counter
    made = verb(application, proposal, by=by, over=base(application, version))
    application.brief_version_id = version.id
    return made


def _behind(*which: sa.ColumnElement[bool]) -> list[tuple[Application, Newer]]:
    """Applications whose brief has a newer version that binds differently, oldest first."""
    old, new = aliased(TermsVersion), aliased(TermsVersion)
    query = (
        sa.select(Application, old, new)
        .join(Brief, Brief.id == Application.brief_id)
        .join(old, old.id == Application.brief_version_id)
        .join(new, new.id == Brief.version_id)
        .options(contains_eager(Application.brief), joinedload(Application.brand))
        .where(old.id != new.id, *which)
        .order_by(Application.id)
    )
    return [
        (row, Newer(was, now, kept=row.kept_against_id == now.id))
        for row, was, now in db.session.execute(query)
        if differences.binds_anew(was.body, now.body)
    ]


def _lock(application: Application) -> None:
    """The brief before the application, as everywhere: a revision comes before this or after it."""
    db.lock(db.session.get_one(Brief, application.brief_id))
    db.lock(application)


def _check_undecided(application: Application, version: TermsVersion) -> None:
    if application.state in TALKING:
        raise Refused(
            gettext("An offer is on the table, and it stays as it is. Propose the brief’s new terms to change it.")
        )
    if application.state not in WAITING:
        raise Refused(gettext("This application is closed, so its terms stay as they are."))
    _check_newest(application, version)


def _check_newest(application: Application, version: TermsVersion) -> None:
    newest = db.session.get_one(Brief, application.brief_id).version_id
    if application.brief_version_id == newest:
        raise Refused(gettext("This application stands on the brief’s newest terms already."))
    if version.id != newest:
        raise Refused(gettext("The brief changed again in the meantime. Read its newest terms, then decide."))


def _says(application: Application, fee: Money | None) -> bool:
    """Did she name this price, in an application that still waits?"""
    return application.state in WAITING and application.asked_fee_minor == (fee.minor if fee else None)
