"""Disputes at the card: the bank takes the money back, evidence is sent, and somebody wins.

Opening one takes the amount and a fee from the balance. Evidence whose `uncategorized_text` is ``winning_evidence`` wins
and brings the amount back (not the fee), ``losing_evidence`` or none by the due date loses, as with Stripe's test cards.
"""

from devstripe import balances
from devstripe.api import route
from devstripe.call import Call
from devstripe.clock import DAY, timer
from devstripe.errors import invalid
from devstripe.events import emit
from devstripe.params import requests_described
from devstripe.present import page, present, presenter
from devstripe.store import Store

FEE = 1500
DAYS_TO_ANSWER = 9
OPEN = {"needs_response", "warning_needs_response"}


def open_dispute(call: Call, charge: dict, reason: str) -> dict:
    """The bank takes a charge's money back."""
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} is disputed already.", "charge")
    due = call.now + DAYS_TO_ANSWER * DAY
    fields = requests_described()["POST /v1/disputes/{dispute}"]["properties"]["evidence"]["properties"]
    dispute = call.create("dispute", "du", {
        "amount": charge["amount"] - charge["amount_refunded"], "balance_transactions": [], "charge": charge["id"],
        "currency": charge["currency"], "enhanced_eligibility_types": [], "is_charge_refundable": False, "metadata": {},
        "evidence": {**dict.fromkeys(fields), "enhanced_evidence": {}}, "payment_intent": charge["payment_intent"],
        "evidence_details": {"due_by": due, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False, "submission_count": 0},
        "payment_method_details": {"type": "card", "card": {
            "brand": charge["payment_method_details"]["card"]["brand"], "case_type": "chargeback", "network": "visa",
            "network_reason_code": "10.4"}}, "reason": reason, "status": "needs_response"})  # fmt: skip
    charge["disputed"] = True
    call.save(charge)
    emit(call, "charge.dispute.created", dispute)
    settles = max(call.now, call.store.find(charge["balance_transaction"])["available_on"])
    moved = balances.move(
        call,
        "adjustment",
        -dispute["amount"],
        dispute["currency"],
        dispute["id"],
        fee=FEE,
        available_on=settles,
        description=f"Chargeback withdrawal for {charge['id']}",
    )
    dispute["_moved"] = [moved["id"]]
    emit(call, "charge.dispute.funds_withdrawn", call.save(dispute))
    call.store.set_timer(due, "dispute lost", dispute["id"])
    return dispute


@presenter("dispute")
def with_transactions(call: Call, body: dict) -> dict:
    """A dispute carries its balance transactions whole."""
    stored = call.store.find(body["id"]) or {}
    moved = [call.store.find(one) for one in stored.get("_moved", [])]
    return {**body, "balance_transactions": [present(call, one) for one in moved if one]}


def close(call: Call, dispute: dict, status: str) -> dict:
    """The bank has decided: ``won`` brings the money back, ``lost`` leaves it gone."""
    before, dispute["status"] = dispute["status"], status
    if status == "won":
        moved = balances.move(
            call,
            "adjustment",
            dispute["amount"],
            dispute["currency"],
            dispute["id"],
            category="dispute_reversal",
            description=f"Chargeback reversal for {dispute['charge']}",
        )
        dispute["_moved"] = [*dispute["_moved"], moved["id"]]
    emit(call, "charge.dispute.closed", call.save(dispute), {"status": before})
    if status == "won":
        charge = call.load("charge", dispute["charge"])
        call.save({**charge, "disputed": False})
        emit(call, "charge.dispute.funds_reinstated", dispute)
    return dispute


@timer("dispute lost")
def too_late(store: Store, dispute_id: str) -> None:
    """Nobody answered in time."""
    call = Call(store, store.owner(dispute_id))
    dispute = call.load("dispute", dispute_id)
    if dispute["status"] in OPEN:
        dispute["evidence_details"]["past_due"] = True
        close(call, dispute, "lost")


@timer("dispute decided")
def decide(store: Store, dispute_id: str) -> None:
    """The bank has read the evidence."""
    call = Call(store, store.owner(dispute_id))
    dispute = call.load("dispute", dispute_id)
    if dispute["status"] == "under_review":
        text = dispute["evidence"].get("uncategorized_text")
        if text in ("winning_evidence", "losing_evidence"):
            close(call, dispute, "won" if text == "winning_evidence" else "lost")


@route("GET", "/v1/disputes")
def list_disputes(call: Call) -> dict:
    """Newest first; by charge or payment intent."""
    return page(call, "dispute", "/v1/disputes", "charge", "payment_intent")


@route("GET", "/v1/disputes/{dispute}")
def retrieve(call: Call, dispute: str) -> dict:
    """One dispute."""
    return call.load("dispute", dispute)


@route("POST", "/v1/disputes/{dispute}")
def update(call: Call, dispute: str) -> dict:
    """Add evidence and, unless `submit` is false, send it to the bank."""
    found = call.merge(call.load("dispute", dispute), "metadata")
    if "evidence" in call.params:
        if found["status"] not in OPEN:
            raise invalid(f"This dispute is already closed or under review ({found['status']}).", "evidence")
        found["evidence"].update(call.params["evidence"])
        found["evidence_details"]["has_evidence"] = True
        if call.params.get("submit", True):
            found["evidence_details"]["submission_count"] += 1
            found["status"] = "under_review"
            call.store.set_timer(call.now, "dispute decided", dispute)
    emit(call, "charge.dispute.updated", call.save(found), {})
    return found


@route("POST", "/v1/disputes/{dispute}/close")
def give_up(call: Call, dispute: str) -> dict:
    """Accept the loss."""
    found = call.load("dispute", dispute)
    if found["status"] not in OPEN | {"under_review"}:
        raise invalid("This dispute is already closed.", None)
    return close(call, found, "lost")
