"""A card on file: saved on Stripe's own page, seen here by brand, last four and expiry, replaced and removed.

A party is Stripe's customer from its first card on. Saving another card replaces the one before,
which is taken off the customer's file at Stripe; so is a card that is removed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.accounts import queries
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.payments import operations, stripe
from marketplace.payments.events import CardRemoved, CardSaved
from marketplace.payments.models import CardSetup, Payer, PaymentMethod
from marketplace.payments.states import CARD_SETUP, PAYMENT_METHOD, CardSetupState, MethodState, OperationState

NO_ANSWER = "Stripe did not answer. Nothing has changed; please try again in a moment."


def of(party_id: UUID | None) -> PaymentMethod | None:
    """A party's card on file, also one that has expired."""
    query = sa.select(PaymentMethod).where(PaymentMethod.party_id == party_id)
    return db.session.scalar(query.where(PaymentMethod.state == MethodState.ON_FILE))


def usable(party_id: UUID | None) -> PaymentMethod | None:
    """A party's card on file if it can be charged: its month is not over."""
    card = of(party_id)
    return card if card and not card.expired(clock.today("UTC")) else None


def have_usable(party_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these parties have a card that can be charged."""
    today = clock.today("UTC")
    query = sa.select(PaymentMethod.party_id).where(
        PaymentMethod.party_id.in_(list(party_ids)),
        PaymentMethod.state == MethodState.ON_FILE,
        sa.tuple_(PaymentMethod.exp_year, PaymentMethod.exp_month)
        >= sa.tuple_(sa.literal(today.year), sa.literal(today.month)),
    )
    return set(db.session.scalars(query))


def begin(party_id: UUID, return_url: str, *, by: Actor) -> CardSetup:
    """Begin saving a card. `return_url` is a local address the person comes back to."""
    setup = CardSetup(
        id=db.new_id(), payer_party_id=party_id, return_url=return_url, state=CardSetupState.BEGUN,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(setup)
    db.session.flush()
    return setup


def page_url(setup: CardSetup) -> str:
    """Where the card is typed in. Commits and calls Stripe: only a view calls it, last.

    Raises `Refused` when Stripe does not answer; trying again is safe.
    """
    made = customer(setup.payer_party_id)
    if made and setup.state == CardSetupState.BEGUN:
        operation = operations.of("setup_session", setup.id) or operations.intend(
            "setup_session", setup.id, _session_params(setup, made), at_once=False
        )
        operations.perform(operation.id)
    if setup.state == CardSetupState.OPEN and setup.session_url:
        return setup.session_url
    db.session.commit()  # the refusal's rollback must not forget what we know of the call
    raise Refused(_(NO_ANSWER))


def customer(party_id: UUID) -> str | None:
    """The party's id as Stripe's customer, made now if there is none; None when Stripe did not answer. For an edge."""
    payer = db.session.scalar(sa.select(Payer).where(Payer.party_id == party_id)) or _new_payer(party_id)
    if payer.stripe_id is None:
        operation = operations.of("customer", payer.id)
        if operation is not None:
            if operation.state == OperationState.REFUSED:
                operations.renew(operation, _customer_params(party_id))
            operations.perform(operation.id)
    return payer.stripe_id


def _new_payer(party_id: UUID) -> Payer:
    payer = Payer(id=db.new_id(), party_id=party_id, created_at=clock.now())
    db.session.add(payer)
    db.session.flush()
    operations.intend("customer", payer.id, _customer_params(party_id), at_once=False)
    return payer


def _customer_params(party_id: UUID) -> dict[str, Any]:
    party = queries.party(party_id)
    if party is None:
        raise ValueError("No such party.")
    emails = queries.members_emails(party_id)
    named = {"name": party.name, "metadata": {"party": str(party_id)}}
    return named | ({"email": emails[0]} if emails else {})


def _customer_made(payer_id: UUID, made: dict[str, Any]) -> None:
    db.session.get_one(Payer, payer_id).stripe_id = made["id"]
    operations.wipe("customer", payer_id)


def _session_params(setup: CardSetup, customer: str) -> dict[str, Any]:
    back = url_for("payments.card_returned", setup_id=setup.id, _external=True)
    mark = {"card_setup": str(setup.id)}
    return {
        "mode": "setup",
        "customer": customer,
        "payment_method_types": ["card"],
        "success_url": back,
        "cancel_url": back,
        "client_reference_id": str(setup.id),
        "metadata": mark,
        "setup_intent_data": {"metadata": mark},
    }


def _session_made(setup_id: UUID, session: dict[str, Any]) -> None:
    setup = db.session.get_one(CardSetup, setup_id)
    if setup.state == CardSetupState.BEGUN:
        advance(CARD_SETUP, setup, "open", by=CLOCK)
    setup.session_id, setup.session_url = session["id"], session["url"]


def _session_refused(setup_id: UUID, code: str | None) -> None:
    advance(CARD_SETUP, db.session.get_one(CardSetup, setup_id), "end", by=CLOCK)


def _nothing_changes(row_id: UUID, made: object) -> None:
    """A customer Stripe refused is asked for again with the next click; a card it cannot detach is gone already."""


operations.KINDS["customer"] = operations.Kind(_customer_made, _nothing_changes)
operations.KINDS["setup_session"] = operations.Kind(_session_made, _session_refused)
operations.KINDS["detachment"] = operations.Kind(_nothing_changes, _nothing_changes)


def refresh(setup: CardSetup) -> CardSetup:
    """Ask Stripe whether the card was left and put it on file. Commits: only edges and jobs call it."""
    if setup.session_id and setup.state != CardSetupState.DONE:
        session_id = setup.session_id
        settle(setup, db.outside(lambda: stripe.setup_session(session_id)))
    return setup


def settle(setup: CardSetup, session: dict[str, Any]) -> None:
    """Move a visit forward to what `session` (expanded by its card) says; never back."""
    db.lock(setup)
    intent = session.get("setup_intent") or {}
    if intent.get("status") == "succeeded" and setup.state != CardSetupState.DONE:
        advance(CARD_SETUP, setup, "finish", by=CLOCK)
        put_on_file(setup.payer_party_id, intent["payment_method"])
    elif session["status"] == "expired" and setup.state in (CardSetupState.BEGUN, CardSetupState.OPEN):
        advance(CARD_SETUP, setup, "end", by=CLOCK)


def put_on_file(party_id: UUID, card: dict[str, Any]) -> PaymentMethod:
    """Note a card that Stripe has kept for the party; the one before is taken off its file."""
    before = of(party_id)
    if before is not None:
        _take_off(before, by=CLOCK)
    shown = card["card"]
    row = PaymentMethod(
        id=db.new_id(), party_id=party_id, stripe_id=card["id"], brand=shown["brand"], last4=shown["last4"],
        exp_month=shown["exp_month"], exp_year=shown["exp_year"], state=MethodState.ON_FILE, saved_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    emit(CardSaved(party_id, row.id), by=CLOCK)
    return row


def remove(card: PaymentMethod, *, by: Actor) -> PaymentMethod:
    """Forget a card, here and at Stripe."""
    db.lock(card)
    _take_off(card, by=by)
    emit(CardRemoved(card.party_id, card.id), by=by)
    return card


def _take_off(card: PaymentMethod, *, by: Actor) -> None:
    advance(PAYMENT_METHOD, card, "remove", by=by)
    card.removed_at = clock.now()
    db.session.flush()
    operations.intend("detachment", card.id, {"payment_method": card.stripe_id})


def take_over(found: dict[str, Any]) -> None:
    """Move our card to what Stripe's says: a new expiry from the bank, or that it was taken off there."""
    card = db.session.scalar(sa.select(PaymentMethod).where(PaymentMethod.stripe_id == found["id"]))
    if card is None or db.lock(card).state != MethodState.ON_FILE:
        return
    if found.get("customer") is None:
        advance(PAYMENT_METHOD, card, "remove", by=CLOCK)
        card.removed_at = clock.now()
        emit(CardRemoved(card.party_id, card.id), by=CLOCK)
        return
    shown = found["card"]
    card.last4, card.exp_month, card.exp_year = shown["last4"], shown["exp_month"], shown["exp_year"]


def customer_id(party_id: UUID) -> str | None:
    """The party's id as Stripe's customer."""
    return db.session.scalar(sa.select(Payer.stripe_id).where(Payer.party_id == party_id))


def by_session(session_id: str) -> CardSetup | None:
    """The visit whose page this is."""
    return db.session.scalar(sa.select(CardSetup).where(CardSetup.session_id == session_id))


def adopt(session: dict[str, Any]) -> CardSetup | None:
    """Finish the call that made a page, known from the page's own mark: the answer to us was lost."""
    operation = operations.adopt(session, "setup_session")
    return db.session.get(CardSetup, operation.row_id) if operation else None
