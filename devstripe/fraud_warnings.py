"""Early fraud warnings: a card's bank suspects fraud before anybody disputes. Nothing moves; the platform may refund."""

from devstripe.api import route
from devstripe.call import Call
from devstripe.events import emit
from devstripe.present import page

KIND = "radar.early_fraud_warning"


def warn(call: Call, charge: dict) -> dict:
    """The bank reports a charge."""
    body = call.create(KIND, "issfr", {
        "actionable": not charge["refunded"], "charge": charge["id"], "fraud_type": "made_with_stolen_card",
        "payment_intent": charge["payment_intent"]})  # fmt: skip
    emit(call, f"{KIND}.created", body)
    return body


@route("GET", "/v1/radar/early_fraud_warnings")
def list_warnings(call: Call) -> dict:
    """Newest first; by charge or payment intent."""
    return page(call, KIND, "/v1/radar/early_fraud_warnings", "charge", "payment_intent")


@route("GET", "/v1/radar/early_fraud_warnings/{early_fraud_warning}")
def retrieve(call: Call, early_fraud_warning: str) -> dict:
    """One warning."""
    return call.load(KIND, early_fraud_warning)
