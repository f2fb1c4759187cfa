"""Bank debits (ACH): asked for now, known to have worked or failed after four days."""

from devstripe import charges, disputes, invoice_payments, payment_intents
from devstripe.call import Call
from devstripe.clock import timer
from devstripe.events import emit
from devstripe.present import present
from devstripe.store import Store

FEE_TEN_THOUSANDTHS, FEE_MOST = 80, 500  # 0.8 %, at most 5.00


@timer("debit")
def finish_debit(store: Store, charge_id: str) -> None:
    """The bank has answered: the money is there, or it is not."""
    call = Call(store, store.owner(charge_id))
    charge = call.load("charge", charge_id)
    method = call.load("payment_method", charge["payment_method"])
    reason = method["_fails"]
    if reason:
        charge.update(
            status="failed",
            failure_code=reason,
            failure_message="The customer's bank account could not be debited.",
            outcome=charges.outcome("issuer_declined", "declined_by_network", reason),
        )
        emit(call, "charge.failed", call.save(charge))
    else:
        charge.update(status="succeeded", paid=True, captured=True, amount_captured=charge["amount"])
        emit(call, "charge.succeeded", call.save(charge))
        fee = min((charge["amount"] * FEE_TEN_THOUSANDTHS + 5000) // 10000, FEE_MOST)
        charges.book(call, charge, fee, call.now, "payment")
    tell_intent(call, charge, bool(reason))
    if method["_disputed"]:
        disputes.open_dispute(call, call.load("charge", charge_id), method["_disputed"])


def tell_intent(call: Call, charge: dict, failed: bool) -> None:
    """A bank debit's end reaches its intent and its checkout session."""
    intent = call.load("payment_intent", charge["payment_intent"])
    method = call.load("payment_method", charge["payment_method"])
    if failed:
        intent.update(
            status="requires_payment_method",
            payment_method=None,
            last_payment_error={
                "type": "invalid_request_error",
                "code": charge["failure_code"],
                "message": charge["failure_message"],
                "charge": charge["id"],
                "payment_method": present(call, method),
            },
        )
        emit(call, "payment_intent.payment_failed", call.save(intent))
        invoice_payments.failed(call, intent)
    else:
        payment_intents.paid(call, intent, method, charge)
    tell_sessions(call, intent, failed)


def tell_sessions(call: Call, intent: dict, failed: bool) -> None:
    """A bank debit that was started on a page has ended."""
    for session in call.store.select("checkout.session", call.account, payment_intent=intent["id"]):
        session["payment_status"] = "unpaid" if failed else "paid"
        emit(call, f"checkout.session.async_payment_{'failed' if failed else 'succeeded'}", call.save(session))
