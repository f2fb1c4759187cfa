"""What a home shows besides its queue: what runs, at a glance. Reads only, scoped to the party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import current_app, url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import joinedload

from marketplace import clock, db, jobs
from marketplace.accounts import legal
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Party
from marketplace.affiliate.models import Program
from marketplace.affiliate.states import ProgramState
from marketplace.authz import Actor
from marketplace.brands import queries as brands
from marketplace.briefs import head_count
from marketplace.briefs.models import Brief
from marketplace.collaborations import newer_terms
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import FOR_THE_BRAND
from marketplace.creators.models import CreatorProfile, SocialAccount
from marketplace.events import EventDelivery
from marketplace.money import Money
from marketplace.payments import fees
from marketplace.payments.losses import returned
from marketplace.payments.models import Payout
from marketplace.payments.money_out import set_up
from marketplace.payments.paid_directly import direct
from marketplace.payments.reconciliation import difference_words, differences
from marketplace.payments.states import PayoutState

SHOWN = 5
OPEN_DEAL = ("signing", "funding", "active", "paying")


@dataclass(frozen=True)
class BriefLine:
    """A brief of the brand, how many applications it has, how many of them wait for the brand's answer, and whether deals
    took every place."""

    brief: Brief
    waiting: int
    total: int
    full: bool


@dataclass(frozen=True)
class Sums:
    """A party's money in one currency.

    `protected`: paid in for deals at work and not yet released; to a creator what reaches her of it,
    after the platform's fee. `leaving`: released to her and not yet paid. `due`: what a brand has
    signed and still has to pay in. `direct`: agreed in deals at work that the brand pays itself, less what
    has arrived; nothing of it is protected.
    """

    protected: Money
    leaving: Money
    due: Money
    direct: Money


def going(actor: Actor) -> list[Deal]:
    """Open deals with both sides, newest first."""
    mine = Deal.creator_party_id if actor.party_kind == "creator" else Deal.brand_party_id
    query = (
        sa.select(Deal)
        .options(joinedload(Deal.creator), joinedload(Deal.brand))
        .where(mine == actor.party_id, Deal.state.in_(OPEN_DEAL))
        .order_by(Deal.created_at.desc())
        .limit(SHOWN)
    )
    return list(db.session.scalars(query))


def unfinished(actor: Actor) -> list[dict[str, Any]]:
    """What a brand has begun or has not begun yet, as rows of its queue: proving who it is, drafts of briefs."""
    rows = _unproven(actor.party_id) if actor.party_id else []
    begun = sa.select(Brief).where(Brief.brand_party_id == actor.party_id, Brief.state == "draft")
    drafts = list(db.session.scalars(begun.order_by(Brief.created_at)))
    if not drafts:
        return rows
    only = drafts[0] if len(drafts) == 1 else None
    row = _own(
        ngettext("Publish your brief", "Publish the %(num)d briefs you began", len(drafts)),
        ngettext("it stays a draft that nobody sees.", "they stay drafts that nobody sees.", len(drafts)),
        url_for("briefs.manage", brief_id=only.id) if only else url_for("briefs.mine"),
        context=", ".join(row.title for row in drafts if row.title) or (gettext("Untitled brief") if only else ""),
    )
    return [*rows, row]


def _unproven(brand_id: UUID) -> list[dict[str, Any]]:
    """A domain to prove: where nothing else vouches for the brand, and where links of its affiliates need one."""
    open_program = sa.exists().where(Program.brand_party_id == brand_id, Program.state == ProgramState.OPEN)
    if not brands.may_reach_creators(brand_id):
        silence = gettext(
            "you can write briefs, but neither publish them nor write to creators, unless the operator vouches for you."
        )
    elif db.session.scalar(sa.select(open_program)) and not brands.proven_domains(brand_id):
        silence = gettext("your affiliates can make no links, because a link leads to a proven domain only.")
    else:
        return []
    return [_own(gettext("Prove a domain of yours"), silence, url_for("brands.domains"))]


def unpayable(actor: Actor) -> list[dict[str, Any]]:
    """A row for an affiliate who earns and cannot be paid yet: her payout account, then her tax form."""
    missing = set_up.missing(actor.party_id) if actor.party_id else None
    if missing is None:
        return []
    if missing == "tax form":
        return [
            _own(
                gettext("Sign your tax form"),
                gettext("commissions wait until it is signed."),
                url_for("payments.tax_form", next=url_for("desk.home")),
            )
        ]
    return [
        _own(
            gettext("Say where your pay goes"),
            gettext("commissions wait until Stripe knows where to pay you."),
            url_for("payments.show_set_up", next=url_for("desk.home")),
        )
    ]


def to_look_after(actor: Actor) -> list[dict[str, Any]]:
    """What waits for the operator: brands to verify, money to settle, background work that gave up or keeps failing, texts to publish."""
    rows = []
    if many := brands.to_verify():
        rows.append(_own(
            ngettext("Verify %(num)d brand", "Verify %(num)d brands", many),
            gettext("they can neither publish nor write to creators."),
            url_for("admin.brands"),
        ))  # fmt: skip
    rows += _money_to_settle()
    parked = sa.select(sa.func.count(EventDelivery.id)).where(EventDelivery.parked_at.is_not(None))
    if given_up := db.session.scalar(parked):
        rows.append(_own(
            ngettext("Look at %(num)d piece of work that gave up", "Look at %(num)d pieces of work that gave up", given_up),
            gettext("what they were to do stays undone."),
            url_for("admin.jobs"),
        ))  # fmt: skip
    if many := len(jobs.failing(current_app.extensions["schedule"]())):
        rows.append(_own(
            ngettext("See why %(num)d job keeps failing", "See why %(num)d jobs keep failing", many),
            gettext("what runs by itself stays undone, run after run."),
            url_for("admin.jobs"),
        ))  # fmt: skip
    return rows + _unwritten(actor)


def _unwritten(actor: Actor) -> list[dict[str, Any]]:
    """The terms of service and the privacy notice, until an administrator has published both."""
    missing = [str(title) for kind, title in legal.TITLES.items() if kind not in legal.in_force()]
    if not missing or not actor.is_a("operator", "admin"):
        return []
    silence = ngettext(
        "people sign up without this text to read.",
        "people sign up with no terms or privacy notice to read.",
        len(missing),
    )
    return [_own(gettext("Publish your terms and privacy notice"), silence, url_for("accounts.legal_texts"),
        context=", ".join(missing))]  # fmt: skip


def _money_to_settle() -> list[dict[str, Any]]:
    """What differs at Stripe for too long, with its next step, and refunds that need another way."""
    rows = [
        _own(
            gettext("Settle a difference at Stripe: %(amount)s", amount=row.amount.format()),
            gettext("the books are not what the bank has."),
            url_for("payments.staff_difference", difference_id=row.id),
            context=difference_words.CAUSES[row.cause][1],
        )
        for row in differences.alarming()[:SHOWN]
    ]
    owed = returned.waiting()
    names = {row.id: row.name for row in accounts.parties({row.payer_party_id for row in owed})}
    return rows + [
        _own(
            gettext("Find another way for a refund of %(amount)s", amount=row.amount.format()),
            gettext("the brand’s money stays here, and the brand waits for your word."),
            url_for("payments.returned_refund", refund_id=row.id),
            context=names.get(row.payer_party_id, ""),
        )
        for row in owed[:SHOWN]
    ]


def _own(what: str, silence: str, href: str, *, context: str = "", other: str = "") -> dict[str, Any]:
    """A row of the queue that is the reader's and has no clock."""
    return {
        "what": what, "silence": silence, "owner": gettext("You"), "mine": True,
        "context": context, "other": other, "href": href,
    }  # fmt: skip


def begun(actor: Actor) -> list[dict[str, Any]]:
    """Applications a creator has begun and not sent, as rows of her queue; none to a brief that is closed."""
    query = (
        sa.select(Application)
        .options(joinedload(Application.brief), joinedload(Application.brand))
        .join(Brief, Brief.id == Application.brief_id)
        .where(
            Application.creator_party_id == actor.party_id,
            Application.state == "draft",
            Brief.state == "published",
            sa.or_(Brief.apply_by.is_(None), Brief.apply_by >= clock.today(actor.zone)),
        )
        .order_by(Application.created_at)
        .limit(SHOWN)
    )
    return [
        _own(
            gettext("Send your application"),
            gettext("it stays a draft that nobody sees."),
            url_for("collaborations.apply", brief_id=row.brief_id),
            context=row.brief.title,
            other=row.brand.name,
        )
        for row in db.session.scalars(query)
    ]


def undecided(actor: Actor) -> list[dict[str, Any]]:
    """New terms of briefs a creator applied to that she has neither accepted nor refused, as rows of her queue."""
    return [
        _own(
            gettext("Accept the brief’s new terms, or keep yours"),
            gettext("your application stays on the terms you applied with."),
            url_for("collaborations.show", application_id=row.id, _anchor="new-terms"),
            context=row.brief.title,
            other=row.brand.name,
        )
        for row in newer_terms.undecided(actor)[:SHOWN]
    ]


def sums(actor: Actor) -> list[Sums]:
    """The party's money in open deals and unpaid payouts, one entry a currency, none where there is nothing."""
    creator = actor.party_kind == "creator"
    found: dict[tuple[str, str], int] = {}
    open_pay = db.session.execute(_open_pay(actor)).all()
    outside = [row.id for row in open_pay if row.paid_directly]
    arrived = direct.arrived(outside) if outside else {}
    for row in open_pay:
        whole = Money(row.protected_minor, row.currency)
        mine = whole - fees.platform_fee(whole) if creator else whole
        key = ("direct" if row.paid_directly else "due" if row.state == "funding" else "protected", row.currency)
        found[key] = found.get(key, 0) + mine.minor - arrived.get(row.id, 0)
    for row in db.session.execute(_unpaid(actor)):
        found["leaving", row.currency] = int(row.minor)  # sum() of bigint is numeric
    return [
        Sums(*(Money(found.get((what, currency), 0), currency) for what in ("protected", "leaving", "due", "direct")))
        for currency in sorted({currency for _, currency in found})
    ]


def _open_pay(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    mine = Deal.creator_party_id if actor.party_kind == "creator" else Deal.brand_party_id
    return sa.select(Deal.id, Deal.state, Deal.currency, Deal.protected_minor, Deal.paid_directly).where(
        mine == actor.party_id, Deal.state.in_(["funding", "active", "paying"]), Deal.protected_minor > 0
    )


def _unpaid(actor: Actor) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Payout.currency, sa.func.sum(Payout.amount_minor).label("minor"))
        .where(Payout.payee_party_id == actor.party_id, Payout.state != PayoutState.PAID)
        .group_by(Payout.currency)
    )


def briefs_of(party_id: UUID | None) -> list[BriefLine]:
    """A brand's live briefs with their applications counted."""
    waiting = sa.func.count().filter(Application.state.in_(FOR_THE_BRAND))
    query = (
        sa.select(Brief, waiting.label("waiting"), sa.func.count(Application.id).label("total"))
        .outerjoin(Application, Application.brief_id == Brief.id)
        .where(Brief.brand_party_id == party_id, Brief.state.in_(["draft", "published", "paused"]))
        .group_by(Brief.id)
        .order_by(Brief.state == "draft", waiting.desc(), Brief.created_at.desc())
        .limit(SHOWN)
    )
    rows = db.session.execute(query).all()
    counts = head_count.of_many(row.Brief.id for row in rows)
    return [
        BriefLine(row.Brief, row.waiting, row.total, not counts[row.Brief.id].free(row.Brief.head_count))
        for row in rows
    ]


def matching(actor: Actor) -> list[tuple[Brief, str]]:
    """Open briefs in the creator's niches or on her platforms, newest first, with the brand's name."""
    niches = sa.select(CreatorProfile.niches).where(CreatorProfile.party_id == actor.party_id).scalar_subquery()
    platforms = sa.select(sa.func.array_agg(sa.cast(SocialAccount.platform, sa.Text))).where(
        SocialAccount.party_id == actor.party_id
    )
    applied = sa.select(Application.brief_id).where(Application.creator_party_id == actor.party_id)
    query = (
        sa.select(Brief, Party.name)
        .options(joinedload(Brief.version))
        .join(Party, Party.id == Brief.brand_party_id)
        .where(
            Brief.state == "published",
            Brief.private.is_(False),
            head_count.free(),
            sa.or_(Brief.apply_by.is_(None), Brief.apply_by >= clock.today(actor.zone)),
            sa.or_(Brief.niches.op("&&")(niches), Brief.platforms.op("&&")(platforms.scalar_subquery())),
            Brief.id.not_in(applied),
        )
        .order_by(Brief.published_at.desc())
        .limit(SHOWN)
    )
    return [(row.Brief, row.name) for row in db.session.execute(query)]
