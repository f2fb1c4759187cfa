"""Disputes at the bank: it takes the money back, evidence is sent, and somebody wins. An inquiry only asks, and takes nothing.

Opening a dispute takes the amount and a fee from the balance. Evidence whose `uncategorized_text` is ``winning_evidence``
wins and brings the amount back (not the fee), ``losing_evidence`` or none by the due date loses, as with Stripe's test cards;
any other waits for the control address. For an inquiry, winning evidence closes it, ``escalate_inquiry_evidence`` makes it a
dispute. A bank debit's dispute is final: nobody can answer it.
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
DAYS_TO_ANSWER, INQUIRY_DAYS = 9, 120
OPEN = {"needs_response", "warning_needs_response"}
READING = {"under_review", "warning_under_review"}
DECIDED = {"won", "lost", "warning_closed"}
BY_EVIDENCE = {
    ("under_review", "winning_evidence"): "won",
    ("under_review", "losing_evidence"): "lost",
    ("warning_under_review", "winning_evidence"): "warning_closed",
    ("warning_under_review", "losing_evidence"): "warning_closed",
}


def open_dispute(call: Call, charge: dict, reason: str, amount: int | None = None, inquiry: bool = False) -> dict:
    """The bank takes a charge's money back, all of it unless told otherwise; an `inquiry` takes nothing yet."""
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} is disputed already.", "charge")
    if charge["status"] != "succeeded" or not 1 <= (amount or left) <= left:
        raise invalid(f"Charge {charge['id']} has {left} that can be disputed.", "charge")
    due = call.now + (INQUIRY_DAYS if inquiry else DAYS_TO_ANSWER) * DAY
    fields = requests_described()["POST /v1/disputes/{dispute}"]["properties"]["evidence"]["properties"]
    dispute = call.create("dispute", "du", {
        "amount": amount or left, "balance_transactions": [], "charge": charge["id"],
        "currency": charge["currency"], "enhanced_eligibility_types": [], "is_charge_refundable": inquiry, "metadata": {},
        "evidence": {**dict.fromkeys(fields), "enhanced_evidence": {}}, "payment_intent": charge["payment_intent"],
        "evidence_details": {"due_by": due, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False, "submission_count": 0},
        **bank_of(charge, inquiry), "reason": reason, "status": "warning_needs_response" if inquiry else "needs_response"})  # fmt: skip
    final = "payment_method_details" not in dispute
    if final:
        dispute["status"], dispute["evidence_details"]["due_by"] = "lost", None
    charge["disputed"] = True
    call.save(charge)
    emit(call, "charge.dispute.created", call.save(dispute))
    if not inquiry:
        withdraw(call, dispute, charge)
    if final:
        emit(call, "charge.dispute.closed", dispute)
    else:
        call.store.set_timer(due, "dispute lost", dispute["id"])
    return dispute


def bank_of(charge: dict, inquiry: bool) -> dict:
    """The card and its network's word for the dispute; nothing for a bank account."""
    card = charge["payment_method_details"].get("card")
    if card is None:
        return {}
    kind = "inquiry" if inquiry else "chargeback"
    told = {"brand": card["brand"], "case_type": kind, "network": card["brand"], "network_reason_code": "10.4"}
    return {"payment_method_details": {"type": "card", "card": told}}


def withdraw(call: Call, dispute: dict, charge: dict) -> None:
    """Take the amount and the fee, from the charge's own money as long as that is pending."""
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


@presenter("dispute")
def with_transactions(call: Call, body: dict) -> dict:
    """A dispute carries its balance transactions whole."""
    stored = call.store.find(body["id"]) or {}
    moved = [call.store.find(one) for one in stored.get("_moved", [])]
    return {**body, "balance_transactions": [present(call, one) for one in moved if one]}


def close(call: Call, dispute: dict, status: str) -> dict:
    """The bank has decided: ``won`` brings the money back, ``lost`` leaves it gone, ``warning_closed`` never took it."""
    before, dispute["status"] = dispute["status"], status
    charge = call.load("charge", dispute["charge"])
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
    if status != "lost":
        call.save({**charge, "disputed": False})
    if status == "won":
        emit(call, "charge.dispute.funds_reinstated", dispute)
    return dispute


def escalate(call: Call, dispute: dict) -> dict:
    """An inquiry becomes a dispute: now the money is taken, and an answer is wanted anew."""
    due = call.now + DAYS_TO_ANSWER * DAY
    dispute.update(status="needs_response", is_charge_refundable=False)
    dispute["evidence_details"]["due_by"] = due
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    call.store.set_timer(due, "dispute lost", dispute["id"])
    emit(call, "charge.dispute.updated", call.save(dispute), {})
    withdraw(call, dispute, call.load("charge", dispute["charge"]))
    return dispute


def refunded(call: Call, charge: dict) -> None:
    """A charge that is only asked about was given back whole: the inquiry is over."""
    for dispute in call.store.select("dispute", call.account, charge=charge["id"]):
        if dispute["status"].startswith("warning") and dispute["status"] != "warning_closed":
            close(call, dispute, "warning_closed")


@timer("dispute lost")
def too_late(store: Store, dispute_id: str) -> None:
    """Nobody answered in time: a dispute is lost, an inquiry is over."""
    call = Call(store, store.owner(dispute_id))
    dispute = call.load("dispute", dispute_id)
    if dispute["status"] in OPEN and dispute["evidence_details"]["due_by"] <= call.now:
        dispute["evidence_details"]["past_due"] = True
        close(call, dispute, "lost" if dispute["status"] == "needs_response" else "warning_closed")


@timer("dispute decided")
def decide(store: Store, dispute_id: str) -> None:
    """The bank has read the evidence."""
    call = Call(store, store.owner(dispute_id))
    dispute = call.load("dispute", dispute_id)
    text = dispute["evidence"].get("uncategorized_text")
    if dispute["status"] == "warning_under_review" and text == "escalate_inquiry_evidence":
        escalate(call, dispute)
    elif (dispute["status"], text) in BY_EVIDENCE:
        close(call, dispute, BY_EVIDENCE[dispute["status"], text])


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
            found["status"] = "under_review" if found["status"] == "needs_response" else "warning_under_review"
            call.store.set_timer(call.now, "dispute decided", dispute)
    emit(call, "charge.dispute.updated", call.save(found), {})
    return found


@route("POST", "/v1/disputes/{dispute}/close")
def give_up(call: Call, dispute: str) -> dict:
    """Accept the loss."""
    found = call.load("dispute", dispute)
    if found["status"] not in OPEN | READING:
        raise invalid("This dispute is already closed.", None)
    return close(call, found, "warning_closed" if found["status"].startswith("warning") else "lost")
