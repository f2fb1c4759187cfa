"""Payouts: money from a Stripe balance to a bank account.

The platform pays out only when asked. A connected account pays out by itself each midnight (UTC) what is available less its
minimum balance, unless its balance settings say otherwise. A payout arrives two days later, or fails there when the bank
account is one of Stripe's failing test numbers; a failed one comes back to the balance, and nothing more is paid out until
the account names its bank account anew.
"""

from datetime import UTC, datetime

from devstripe import accounts, balances
from devstripe.amounts import check_last_digit
from devstripe.api import route
from devstripe.call import PLATFORM, Call
from devstripe.clock import DAY, timer
from devstripe.errors import invalid
from devstripe.events import emit
from devstripe.present import page
from devstripe.store import Store

ARRIVES_AFTER_DAYS = 2
FAILING_BANKS = {  # https://docs.stripe.com/connect/testing#account-numbers
    "000111111116": ("no_account", "The bank account could not be located."),
    "000111111113": ("account_closed", "The bank account has been closed."),
    "000222222227": ("insufficient_funds", "Your Stripe account has insufficient funds to cover the payout."),
    "000333333335": ("debit_not_authorized", "Debit transactions are not approved on your bank account."),
    "000444444440": ("invalid_currency", "The bank was unable to process this payout because of its currency."),
}
SCHEDULES = ("daily", "weekly", "monthly")
LAST_SURE_DAY = 28  # a monthly payout planned for a later day comes on the month's last
PLATFORM_BANK = {"id": "ba_platform", "number": "000123456789"}


def bank_of(call: Call) -> dict | None:
    """The account's bank account: id and number."""
    if call.account == PLATFORM:
        return PLATFORM_BANK
    return call.store.find(call.account)["_bank"]


def settings_of(call: Call) -> dict:
    """How the account pays out."""
    found = call.store.find(f"settings_{call.account}")
    interval = "manual" if call.account == PLATFORM else "daily"
    return found["payments"] if found else {
        "debit_negative_balances": call.account != PLATFORM,
        "payouts": {"minimum_balance_by_currency": None, "schedule": {"interval": interval}, "statement_descriptor": None,
                    "status": "enabled" if bank_of(call) else "disabled"},
        "settlement_timing": {"delay_days": ARRIVES_AFTER_DAYS}}  # fmt: skip


def pay_out(call: Call, amount: int, currency: str, automatic: bool, **more: object) -> dict:
    """Send money to the bank."""
    bank = bank_of(call)
    if bank is None or bank.get("errored"):
        raise invalid(
            "Sorry, you don't have any external accounts in that currency.", "currency", "payouts_not_allowed"
        )
    arrives = (call.now // DAY + ARRIVES_AFTER_DAYS) * DAY
    payout = call.create("payout", "po", {
        "amount": amount, "application_fee": None, "application_fee_amount": None, "arrival_date": arrives, "automatic": automatic,
        "balance_transaction": None, "currency": currency, "description": "STRIPE PAYOUT" if automatic else None,
        "destination": bank["id"], "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "metadata": {},
        "method": "standard", "original_payout": None, "payout_method": None,
        "reconciliation_status": "completed" if automatic else "not_applicable", "reversed_by": None, "source_type": "card",
        "statement_descriptor": None, "status": "pending", "trace_id": None, "type": "bank_account", **more})  # fmt: skip
    moved = balances.move(call, "payout", -amount, currency, payout["id"], description=payout["description"])
    payout["balance_transaction"] = moved["id"]
    emit(call, "payout.created", call.save(payout))
    call.store.set_timer(arrives, "payout", payout["id"])
    return payout


@timer("payout")
def arrive(store: Store, payout_id: str) -> None:
    """The bank has it, or sends it back."""
    call = Call(store, store.owner(payout_id))
    payout = call.load("payout", payout_id)
    if payout["status"] not in ("pending", "in_transit"):
        return
    failure = FAILING_BANKS.get((bank_of(call) or {}).get("number", ""))
    if failure is not None:
        fail(call, payout, *failure)
        return
    payout["status"] = "paid"
    payout["trace_id"] = {"status": "supported", "value": store.secret(payout_id, 12)}
    emit(call, "payout.paid", call.save(payout), {"status": "pending"})


def fail(call: Call, payout: dict, code: str, message: str) -> dict:
    """The bank sends it back, perhaps days after it seemed to have arrived; the bank account must be named anew."""
    if payout["status"] not in ("pending", "in_transit", "paid"):
        raise invalid(f"A payout that is {payout['status']} cannot fail.", "payout")
    before = payout["status"]
    moved = balances.move(call, "payout_failure", payout["amount"], payout["currency"], payout["id"])
    payout.update(status="failed", failure_code=code, failure_message=message, failure_balance_transaction=moved["id"])
    emit(call, "payout.failed", call.save(payout), {"status": before})
    if call.account != PLATFORM:
        accounts.bank_failed(call, call.store.find(call.account))
    return payout


def plan(call: Call) -> None:
    """See to it that an account with automatic payouts pays out at the next midnight."""
    bank = bank_of(call)
    if bank is None or bank.get("errored") or settings_of(call)["payouts"]["schedule"]["interval"] not in SCHEDULES:
        return
    if not call.store.rows("SELECT 1 FROM timers WHERE verb = 'pay out' AND object = ?", call.account):
        call.store.set_timer((call.now // DAY + 1) * DAY, "pay out", call.account)


@timer("available")
def became_available(store: Store, account: str) -> None:
    """Say that money is available, and let an account with automatic payouts pay it out."""
    call = Call(store, account)
    emit(call, "balance.available", balances.balance(call))
    plan(call)


@timer("pay out")
def pay_out_all(store: Store, account: str) -> None:
    """The automatic payout: everything available, one payout a currency. It names the transactions it consists of."""
    call = Call(store, account)
    bank, settings = bank_of(call), settings_of(call)["payouts"]
    if bank is None or bank.get("errored") or settings["schedule"]["interval"] not in SCHEDULES:
        return
    if not is_the_day(call.now, settings["schedule"]):
        plan(call)
        return
    kept = settings["minimum_balance_by_currency"] or {}
    for currency, held in balances.amounts(call).items():
        amount = held["available"] - kept.get(currency, 0)
        if amount <= 0:
            continue
        unpaid = [
            one
            for one in store.select("balance_transaction", account, currency=currency)
            if "_payout" not in one and one["available_on"] <= call.now and one["type"] != "payout"
        ]
        payout = pay_out(call, amount, currency, automatic=True)
        for one in [*unpaid, call.load("balance_transaction", payout["balance_transaction"])]:
            store.save({**one, "_payout": payout["id"]})
        emit(call, "payout.reconciliation_completed", payout)


def is_the_day(now: int, schedule: dict) -> bool:
    """Whether a schedule pays out today: any day, its weekdays (Friday by default), or its days of the month (the first)."""
    today = datetime.fromtimestamp(now, UTC)
    if schedule["interval"] == "weekly":
        return today.strftime("%A").lower() in (schedule.get("weekly_payout_days") or ["friday"])
    if schedule["interval"] == "monthly":
        wanted = schedule.get("monthly_payout_days") or [1]
        last = datetime.fromtimestamp(now + DAY, UTC).day == 1
        return today.day in wanted or (last and max(wanted) > max(today.day, LAST_SURE_DAY))
    return True


@route("POST", "/v1/payouts")
def create(call: Call) -> dict:
    """Pay out now."""
    given = call.params
    if given["amount"] < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    currency = given["currency"].lower()
    check_last_digit(given["amount"], currency)
    balances.take_from_available(
        call,
        given["amount"],
        currency,
        "You have insufficient funds in your Stripe account. One likely"
        " reason you have insufficient funds is that your funds are automatically being paid out; try"
        " enabling manual payouts by going to your payout settings.",
    )
    return pay_out(
        call,
        given["amount"],
        currency,
        automatic=False,
        description=given.get("description"),
        metadata=given.get("metadata") or {},
        statement_descriptor=given.get("statement_descriptor"),
    )


@route("GET", "/v1/payouts")
def list_payouts(call: Call) -> dict:
    """Newest first; by status, destination or arrival."""
    return page(call, "payout", "/v1/payouts", "status", "destination")


@route("GET", "/v1/payouts/{payout}")
def retrieve(call: Call, payout: str) -> dict:
    """One payout."""
    return call.load("payout", payout)


@route("POST", "/v1/payouts/{payout}")
def update(call: Call, payout: str) -> dict:
    """Change the metadata."""
    found = call.merge(call.load("payout", payout), "metadata")
    emit(call, "payout.updated", call.save(found), {})
    return found


@route("POST", "/v1/payouts/{payout}/cancel")
def cancel(call: Call, payout: str) -> dict:
    """Call a payout back that has not left yet."""
    found = call.load("payout", payout)
    if found["status"] != "pending" or found["automatic"]:
        raise invalid("Payouts can only be canceled while they are pending and were not made automatically.", "payout")
    moved = balances.move(call, "payout_cancel", found["amount"], found["currency"], payout, category="payout_reversal")
    found.update(status="canceled", failure_balance_transaction=moved["id"])
    emit(call, "payout.canceled", call.save(found), {"status": "pending"})
    return found


@route("POST", "/v1/payouts/{payout}/reverse")
def reverse(call: Call, payout: str) -> dict:
    """Pull a payout that arrived back from the bank: a payout of the negative amount."""
    found = call.load("payout", payout)
    if found["status"] != "paid" or found["reversed_by"] or found["original_payout"]:
        raise invalid("Only payouts that are paid and not reversed yet can be reversed.", "payout")
    back = pay_out(
        call,
        -found["amount"],
        found["currency"],
        automatic=False,
        original_payout=payout,
        metadata=call.params.get("metadata") or {},
    )
    call.save({**found, "reversed_by": back["id"]})
    return back


def timing(days: int | str) -> dict:
    """How long payments are pending; '' goes back to what is usual. Kept and told, not acted upon."""
    return {"delay_days": ARRIVES_AFTER_DAYS} if days == "" else {"delay_days": days, "delay_days_override": days}


@route("GET", "/v1/balance_settings")
def retrieve_settings(call: Call) -> dict:
    """How this account pays out."""
    return {"object": "balance_settings", "payments": settings_of(call)}


@route("POST", "/v1/balance_settings")
def update_settings(call: Call) -> dict:
    """Change how this account pays out."""
    payments = settings_of(call)
    given = call.params.get("payments") or {}
    wishes = given.get("payouts") or {}
    payments["payouts"]["schedule"].update(wishes.get("schedule") or {})
    if "statement_descriptor" in wishes:
        payments["payouts"]["statement_descriptor"] = wishes["statement_descriptor"] or None
    if "minimum_balance_by_currency" in wishes:
        kept = {
            **(payments["payouts"]["minimum_balance_by_currency"] or {}),
            **(wishes["minimum_balance_by_currency"] or {}),
        }
        payments["payouts"]["minimum_balance_by_currency"] = {
            key: one for key, one in kept.items() if one != ""
        } or None
    if "debit_negative_balances" in given:
        payments["debit_negative_balances"] = given["debit_negative_balances"]
    if "delay_days_override" in (given.get("settlement_timing") or {}):
        payments["settlement_timing"] = timing(given["settlement_timing"]["delay_days_override"])
    name = f"settings_{call.account}"
    body = {"id": name, "object": "balance_settings", "payments": payments}
    if call.store.find(name):
        call.save(body)
    else:
        call.store.put(body, "balance_settings", call.account, call.now)
    plan(call)
    shown = {"object": "balance_settings", "payments": payments}
    emit(call, "balance_settings.updated", shown)
    return shown
