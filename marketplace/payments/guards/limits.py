"""The limits that staff set: from where a second person decides, and how much leaves before a person looks.

One row for each time a limit was set; the newest counts, so that the books can say which limit held on a day.
Where none was set the default holds. Amounts are in the currency of what is compared.
"""

from __future__ import annotations

import sqlalchemy as sa
from babel.core import get_global
from babel.numbers import get_currency_precision

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.guards.approval_events import LimitSet
from marketplace.payments.guards.approval_tables import MoneyLimit

SECOND_APPROVER, A_DAY, FIRST_DAYS = "second_approver", "payouts_a_day", "first_payouts"

# In whole units of the currency; where it has no decimals, times a hundred, as such units are small.
DEFAULTS = {SECOND_APPROVER: 5_000, A_DAY: 10_000, FIRST_DAYS: 5_000}


def default(name: str, currency: str) -> Money:
    """The limit of a portal whose staff set none."""
    return Money(DEFAULTS[name] * 10 ** max(2, get_currency_precision(currency)), currency)


def newest(name: str, currency: str) -> MoneyLimit | None:
    """What staff set last, if they ever did."""
    query = sa.select(MoneyLimit).where(MoneyLimit.name == name, MoneyLimit.currency == currency)
    return db.session.scalar(query.order_by(MoneyLimit.id.desc()).limit(1))


def of(name: str, currency: str) -> Money | None:
    """The limit that holds now; None where it is off."""
    row = newest(name, currency)
    return default(name, currency) if row is None else row.amount


def set_to(name: str, amount: Money | None, currency: str, *, by: Actor) -> None:
    """From now on this limit holds (None: off). The same again changes nothing."""
    db.hold("payments.limits")
    before = of(name, currency)
    if before == amount:
        return
    minor = amount.minor if amount else None
    row = MoneyLimit(
        id=db.new_id(), name=name, amount_minor=minor, currency=currency, set_by_user_id=by.user_id, set_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    emit(LimitSet(row.id, name, before.minor if before else None, minor, currency), by=by)


def in_sql(name: str, currency: str, moment: str) -> str:
    """The same for a check: the limit that held at `moment`, both SQL of our own; null where it was off."""
    decimals = {code: digits for code, (digits, *_rest) in get_global("currency_fractions").items() if digits > 2}
    cases = " ".join(
        f"WHEN '{code}' THEN {default(name, code).minor}" for code in sorted(decimals) if code != "DEFAULT"
    )
    usual = DEFAULTS[name] * 100
    newest_row = (
        f"FROM money_limits m WHERE m.name = '{name}' AND m.currency = {currency} AND m.set_at <= {moment}"
        " ORDER BY m.id DESC LIMIT 1"
    )
    return (
        f"CASE WHEN EXISTS (SELECT 1 {newest_row}) THEN (SELECT m.amount_minor {newest_row})"
        f" ELSE CASE {currency} {cases} ELSE {usual} END END"
    )
