"""Money per account: balance transactions, what is pending and what is available, and Stripe's fee.

Each account's balance in a currency is the sum of its balance transactions' net amounts; one is available from its
`available_on` on, by the virtual clock. Positive nets add to the balance, negative ones take from it. No conversion:
each currency stands alone.
"""

from devstripe import clock
from devstripe.api import route
from devstripe.call import Call
from devstripe.clock import DAY
from devstripe.errors import invalid
from devstripe.present import page, presenter

FEE_TEN_THOUSANDTHS, FEE_FIXED = 290, 30  # 2.9 % and 30 of the smallest unit, as for US cards
PENDING_DAYS = 2
CATEGORIES = {
    "payment": "charge",
    "payout_failure": "payout_reversal",
    "transfer_refund": "transfer_reversal",
    "payment_refund": "refund",
    "payment_failure_refund": "refund_failure",
    "adjustment": "dispute",
}
ZEROS = {"available": 0, "pending": 0}


def card_fee(amount: int) -> int:
    """Stripe's fee on a payment, half up to the smallest unit."""
    return (amount * FEE_TEN_THOUSANDTHS + 5000) // 10000 + FEE_FIXED


def settles_on(now: int) -> int:
    """When a card payment taken now is available: midnight (UTC) two days on."""
    return (now // DAY + PENDING_DAYS) * DAY


def move(
    call: Call,
    kind: str,
    amount: int,
    currency: str,
    source: str | None,
    *,
    fee: int = 0,
    available_on: int | None = None,
    description: str | None = None,
    category: str | None = None,
) -> dict:
    """Record money coming to (or, negative, leaving) the call's account. Returns the balance transaction."""
    details = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    at = call.now if available_on is None else available_on
    body = call.create("balance_transaction", "txn", {
        "amount": amount, "available_on": at, "balance_type": "payments", "currency": currency, "description": description,
        "exchange_rate": None, "fee": fee, "fee_details": details if fee else [], "net": amount - fee,
        "reporting_category": category or CATEGORIES.get(kind, kind), "source": source, "type": kind})  # fmt: skip
    call.store.run("INSERT INTO movements VALUES (?, ?, ?, ?, ?)", body["id"], call.account, currency, amount - fee, at)
    if at > call.now and not call.store.rows(
        "SELECT 1 FROM timers WHERE verb = 'available' AND object = ? AND due = ?", call.account, at
    ):
        call.store.set_timer(at, "available", call.account)
    return body


def held(call: Call, currency: str) -> dict[str, int]:
    """The account's `available` and `pending` in one currency."""
    return amounts(call).get(currency, ZEROS)


def amounts(call: Call) -> dict[str, dict[str, int]]:
    """The account's `available` and `pending` by currency."""
    rows = call.store.rows(
        "SELECT currency, sum(CASE WHEN available_on <= ? THEN net ELSE 0 END) AS available,"
        " sum(CASE WHEN available_on > ? THEN net ELSE 0 END) AS pending FROM movements WHERE account = ?"
        " GROUP BY currency ORDER BY currency",
        call.now,
        call.now,
        call.account,
    )
    return {row["currency"]: {"available": row["available"], "pending": row["pending"]} for row in rows}


def balance(call: Call) -> dict:
    """The balance object."""
    found = amounts(call) or {"usd": ZEROS}

    def lines(part: str) -> list[dict]:
        return [
            {"amount": one[part], "currency": currency, "source_types": {"card": one[part]}}
            for currency, one in found.items()
        ]

    return {
        "object": "balance",
        "available": lines("available"),
        "pending": lines("pending"),
        "livemode": False,
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }


def take_from_available(call: Call, amount: int, currency: str, message: str) -> None:
    """Refuse with ``balance_insufficient`` when less is available than asked."""
    if held(call, currency)["available"] < amount:
        raise invalid(message, code="balance_insufficient")


@presenter("balance_transaction")
def with_status(call: Call, body: dict) -> dict:
    """Pending or available, by the clock."""
    return {**body, "status": "available" if body["available_on"] <= clock.now(call.store) else "pending"}


@route("GET", "/v1/balance")
def retrieve_balance(call: Call) -> dict:
    """What the account has."""
    return balance(call)


@route("GET", "/v1/balance_transactions")
def list_transactions(call: Call) -> dict:
    """Newest first; by type, source, currency or payout."""
    if "payout" in call.params:
        call.load("payout", call.params["payout"], "payout")
        return page(
            call,
            "balance_transaction",
            "/v1/balance_transactions",
            "type",
            "source",
            "currency",
            _payout=call.params["payout"],
        )
    return page(call, "balance_transaction", "/v1/balance_transactions", "type", "source", "currency")


@route("GET", "/v1/balance_transactions/{id}")
def retrieve_transaction(call: Call, id: str) -> dict:
    """One movement of money."""
    return call.load("balance_transaction", id)
