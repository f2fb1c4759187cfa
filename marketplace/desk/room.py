"""The deal room: everything about one deal on one page, the next step first. Reads only."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale, gettext

from marketplace import clock, db, deadlines
from marketplace.authz import Actor
from marketplace.briefs import parts
from marketplace.collaborations import deals, direct_pay, wording
from marketplace.collaborations import policy as deal_policy
from marketplace.collaborations.clocks import PAY
from marketplace.collaborations.models import Deal
from marketplace.collaborations.states import DEAL, DealState
from marketplace.content import queries as content
from marketplace.content.models import Deliverable
from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract
from marketplace.creators import holidays
from marketplace.deadlines import Deadline
from marketplace.desk import timeline
from marketplace.messaging import queries as messages
from marketplace.messaging.forms import MessageForm
from marketplace.payments import fees
from marketplace.payments import words as payment_words
from marketplace.payments.books import freezes
from marketplace.payments.models import Payout
from marketplace.payments.money_in import cards, funding
from marketplace.payments.money_out import set_up
from marketplace.payments.paid_directly import direct
from marketplace.rights import queries as rights
from marketplace.rules import vocabulary
from marketplace.terms import queries as terms_queries

UNFUNDED = (DealState.SIGNING, DealState.FUNDING)
RUNGS = (DealState.SIGNING, DealState.FUNDING, DealState.ACTIVE, DealState.PAYING, DealState.COMPLETED)


def context(deal: Deal, actor: Actor) -> dict[str, Any]:
    """What the room shows to one of its two sides."""
    contract = contracts.of_deal(deal.id)
    pieces = content.of_deal(deal.id)
    body = terms_queries.version(deal.version_id).body
    owes_content = bool(body.get("deliverables"))
    arrived = deal.state == DealState.FUNDING and funding.protected(deal.id, deal.currency) >= deal.protected
    other = deal.brand if actor.party_id == deal.creator_party_id else deal.creator
    names = {deal.brand_party_id: deal.brand.name, deal.creator_party_id: deal.creator.name}
    thread = messages.of_room(deal.application_id)
    return {
        "deal": deal,
        "other": other,
        "steps": [] if arrived else _turns(deal, pieces, actor, other.name),
        "rungs": _rungs(deal),
        "words": DEAL.words[DealState(deal.state)],
        "contract": contract,
        "signed_sides": {row.side for row in contract.signatures} if contract else set(),
        "pieces": pieces,
        "owes_content": owes_content,
        "piece_name": lambda row: vocabulary.piece_name(row.platform, row.format),
        "licence": rights.of_deal(actor, deal.id),
        "terms": wording.rows(body),
        "wording": wording,
        "today": clock.today(actor.zone),
        "timeline_items": timeline.of_rooms([deal.id, deal.application_id], names, actor),
        "thread": thread,
        "messages": messages.messages(thread, limit=20) if thread else [],
        "unread_here": messages.unread_in(actor, [deal.application_id]).get(deal.application_id, 0),
        "message_form": MessageForm(formdata=None, next=url_for("desk.room", deal_id=deal.id, _anchor="messages")),
        "soon": _soon(deal, contract, pieces, owes_content, arrived),
        "sells": deal.state in (DealState.ACTIVE, DealState.PAYING) and parts.part(body, "commission") is not None,
        "may_cancel": deal_policy.may_cancel(actor, deal) and DEAL.allows(deal.state, "cancel"),
    } | _pay(deal, actor, arrived)


def _pay(deal: Deal, actor: Actor, arrived: bool) -> dict[str, Any]:
    """What the room shows of the money, and the ways to pay while it is due."""
    due = deal.state == DealState.FUNDING
    return {
        "freeze": freezes.standing(deal.id),
        "still_owed": deals.still_owed(deal) if deal.state == DealState.CANCELLED else None,
        "money_lines": _money(deal),
        "to_pay": due and not arrived and deal_policy.may_fund(actor, deal),
        "to_record": _to_record(deal, actor),
        "card": cards.usable(deal.brand_party_id) if due else None,
        "at_the_bank": funding.pending(deal.id) if due else None,
        "payout_missing": _payout_missing(deal, actor),
    }


def _to_record(deal: Deal, actor: Actor) -> bool:
    """May the brand record a payment before it is asked to? Once it is, the next step says so."""
    if not deal_policy.may_fund(actor, deal) or not direct_pay.open_amount(deal):
        return False
    return deadlines.live(PAY, ("deal", deal.id)) is None


def _payout_missing(deal: Deal, actor: Actor) -> str | None:
    """What the creator still has to set up before she can be paid."""
    paid_by_us = deal.protected and not deal.paid_directly
    if actor.party_id != deal.creator_party_id or not paid_by_us or deal.state == DealState.CANCELLED:
        return None
    return set_up.missing(deal.creator_party_id)


def _soon(
    deal: Deal, contract: Contract | None, pieces: list[Deliverable], owes_content: bool, arrived: bool
) -> str | None:
    """What is being done for both sides right now, within seconds: the page looks again by itself."""
    if arrived:
        return gettext("The payment has arrived and is protected. The work is being opened.")
    if deal.state == DealState.SIGNING and contract is None:
        return gettext("The contract is being drawn up.")
    if deal.state == DealState.ACTIVE and owes_content and not pieces:
        return gettext("The pieces of the work are being listed.")
    return None


def _turns(deal: Deal, pieces: list[Deliverable], actor: Actor, other: str) -> list[dict[str, Any]]:
    """Whose turn it is, soonest first, each with the page where it is done."""
    names = {row.id: f"{row.number}" for row in pieces}
    turns = []
    clocks = deadlines.in_rooms([deal.id])
    held = any(row.state == "paused" for row in clocks)
    away = holidays.now_away({deal.creator_party_id}) if held else {}
    for row in clocks:
        mine = row.owner_party_id == actor.party_id
        number = names.get(row.subject_id)
        what = gettext(row.what.words(mine))
        place = _place(row, deal.id, number, mine)
        if number and len(pieces) > 1:
            what = gettext("%(what)s, piece %(n)s", what=what, n=number)
        turns.append(
            {
                "what": what,
                "owner": gettext("You") if mine else other,
                "due": row.due_at,
                "silence": gettext(row.what.silence),
                "mine": mine,
                "paused": _why_paused(row, away),
                "href": place or url_for("desk.room", deal_id=deal.id),
                "action": _action(row, mine) if place else None,
            }
        )
    return sorted(turns, key=lambda turn: (not turn["mine"], turn["due"]))


def _why_paused(row: Deadline, away: dict[UUID, date]) -> str | None:
    """Why a clock stands still, in words; None where it runs."""
    if row.state != "paused":
        return None
    until = away.get(row.owner_party_id)
    if holidays.WHY in row.holds and until:
        day = format_date(until, "medium", locale=str(get_locale() or "en"))
        return gettext("on holiday until %(day)s, then it goes on", day=day)
    return gettext("on hold")


def _place(row: Deadline, deal_id: UUID, number: str | None, mine: bool) -> str | None:
    if row.subject_type == "direct_payment":
        return url_for("payments.direct_payment", direct_payment_id=row.subject_id)
    if row.kind == "collaborations.pay" and mine:
        return url_for("collaborations.pay_directly", deal_id=deal_id)
    if row.kind == "contracts.sign":
        return url_for("contracts.show", deal_id=deal_id)
    if number:
        return url_for("content.show", deal_id=deal_id, number=int(number))
    return None


def _action(row: Deadline, mine: bool) -> str:
    labels = {
        "contracts.sign": gettext("Read and sign"),
        "content.draft": gettext("Send the draft"),
        "content.review": gettext("Review it"),
        "content.publish": gettext("Show it is live"),
        "content.confirm": gettext("Look and confirm"),
        "collaborations.pay": gettext("Record the payment"),
        "payments.arrival": gettext("Say whether it arrived"),
    }
    others = {
        "contracts.sign": gettext("Read the contract"),
        "payments.arrival": gettext("Look at the payment"),
    }
    return labels.get(row.kind, "") if mine else others.get(row.kind, gettext("Look at the piece"))


def _rungs(deal: Deal) -> list[dict[str, Any]]:
    """Sign, pay in, work, done; what is paid directly is paid after the work, and without fixed pay nothing is."""
    labels = {
        DealState.SIGNING: gettext("Sign"),
        DealState.FUNDING: gettext("Pay in"),
        DealState.ACTIVE: gettext("Work"),
        DealState.PAYING: gettext("Pay"),
        DealState.COMPLETED: gettext("Done"),
    }
    skipped = {DealState.FUNDING} if deal.paid_directly or not deal.protected else set()
    skipped |= set() if deal.paid_directly else {DealState.PAYING}
    rungs = [rung for rung in RUNGS if rung not in skipped]
    if deal.state == DealState.CANCELLED:
        return []
    here = rungs.index(DealState(deal.state))
    done = deal.state == DealState.COMPLETED
    return [
        {
            "label": labels[rung],
            "state": "done" if index < here or done else "current" if index == here else "todo",
        }
        for index, rung in enumerate(rungs)
    ]


def _money(deal: Deal) -> dict[str, Any]:
    """Agreed, kept by the portal, to the creator; protected now; what was released, and how far it got."""
    fee = fees.platform_fee(deal.protected)
    payouts = list(db.session.scalars(sa.select(Payout).where(Payout.subject_id == deal.id).order_by(Payout.id)))
    return {
        "agreed": deal.protected,
        "fee": fee,
        "net": deal.protected - fee,
        "earned": deal.earned,
        "protected": None
        if deal.state in UNFUNDED or deal.paid_directly
        else funding.protected(deal.id, deal.currency),
        "direct": direct.of_subject(deal.id) if deal.paid_directly else [],
        "state_of_direct": payment_words.state_of_direct,
        "payouts": payouts,
    }
