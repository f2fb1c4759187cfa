"""A Hypothesis state machine that drives the ledger beside an independent model of it: plain dicts of integers."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books import audit, chart, ledger, periods, reservations
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.books.ledger_tables import Journal
from tests import ledger as books

SUBJECTS = [db.new_id() for _ in range(2)]
PARTIES = [db.new_id() for _ in range(2)]
CURRENCIES = ("EUR", "JPY", "KWD")
amounts = st.integers(1, 400)
subjects, parties, currencies = (st.sampled_from(values) for values in (SUBJECTS, PARTIES, CURRENCIES))


class LedgerMachine(RuleBasedStateMachine):
    """Fund, release, reserve, post, void, reverse, repeat, store balances, seal and close, in any order; the model
    says what must be there."""

    holds: Any = Bundle("holds")

    @initialize()
    def begin(self) -> None:
        self.savepoint = db.session.begin_nested()
        self.held: Counter[tuple[str, str]] = Counter()  # balance by account code and currency
        self.reserved: Counter[tuple[str, str]] = Counter()
        self.journals: dict[str, tuple[Entry, UUID]] = {}
        self.undone: set[str] = set()
        self.number = 0

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            self.savepoint.rollback()

    def key(self) -> str:
        self.number += 1
        return f"k{self.number}"

    def try_post(self, entry: Entry) -> None:
        """Book it if the model says there is the money, else expect a refusal that leaves everything."""
        changes, short = self.foreseen(entry.legs)
        try:
            journal = ledger.post(entry, by=CLOCK)
        except ledger.Overdraft:
            assert short
            return
        assert not short
        self.held.update(changes)
        self.journals[entry.key] = (entry, journal.id)

    def foreseen(self, legs: Any) -> tuple[Counter[tuple[str, str]], bool]:
        """What the legs change by account, and whether one that must not be negative would be."""
        changes: Counter[tuple[str, str]] = Counter()
        for leg in legs:
            kind = chart.KINDS[leg.account.kind]
            sign = 1 if leg.side == kind.normal else -1
            changes[leg.account.code, leg.amount.currency] += sign * leg.amount.minor
        short = any(
            chart.KINDS[code.split(":")[0]].no_negative and self.held[code, cur] - self.reserved[code, cur] + change < 0
            for (code, cur), change in changes.items()
        )
        return changes, short

    @rule(subject=subjects, amount=amounts, currency=currencies)
    def fund(self, subject: UUID, amount: int, currency: str) -> None:
        money = Money(amount, currency)
        legs = [debit(chart.STRIPE_PENDING, money), credit(chart.protected(subject), money)]
        self.try_post(Entry(self.key(), "charge", legs, subject_id=subject))

    @rule(subject=subjects, party=parties, amount=amounts, currency=currencies, fee=st.integers(0, 5000))
    def release(self, subject: UUID, party: UUID, amount: int, currency: str, fee: int) -> None:
        whole = Money(amount, currency)
        kept = whole.rate(fee)
        parts = [(chart.payable(party, subject), whole - kept), (chart.FEE_REVENUE, kept)]
        legs = [debit(chart.protected(subject), whole), *(credit(to, part) for to, part in parts if part)]
        self.try_post(Entry(self.key(), "release", legs, subject_id=subject))

    @rule(target=holds, subject=subjects, amount=amounts, currency=currencies)
    def reserve(self, subject: UUID, amount: int, currency: str) -> Any:
        place = (chart.protected(subject).code, currency)
        fits = self.held[place] - self.reserved[place] >= amount
        try:
            hold = reservations.reserve(
                self.key(), chart.protected(subject), Money(amount, currency), reason="refund", by=CLOCK
            )
        except ledger.Overdraft:
            assert not fits
            return None
        assert fits
        self.reserved[place] += amount
        return hold, subject

    @rule(hold=consumes(holds), share=st.integers(1, 100))
    def post(self, hold: Any, share: int) -> None:
        if hold is None:
            return
        reservation, subject = hold
        posted = Money(max(1, reservation.amount_minor * share // 100), reservation.currency)
        legs = [debit(chart.protected(subject), posted), credit(chart.STRIPE_PENDING, posted)]
        entry = Entry(self.key(), "refund", legs, subject_id=subject)
        reservations.post(reservation, entry, posted, by=CLOCK)
        place = (chart.protected(subject).code, reservation.currency)
        self.reserved[place] -= reservation.amount_minor
        self.held[place] -= posted.minor
        self.held["stripe_pending", reservation.currency] -= posted.minor

    @rule(hold=consumes(holds))
    def void(self, hold: Any) -> None:
        if hold is None:
            return
        reservation, subject = hold
        reservations.void(reservation)
        self.reserved[chart.protected(subject).code, reservation.currency] -= reservation.amount_minor
        try:
            reservations.void(reservation)
        except Refused:
            return
        raise AssertionError("A reservation resolved twice.")

    @rule(pick=st.randoms(use_true_random=False))
    def reverse(self, pick: Any) -> None:
        left = sorted(set(self.journals) - self.undone)
        if left:
            entry, id = self.journals[key := pick.choice(left)]
            legs = [ledger.Leg(leg.account, ledger.OPPOSITE[leg.side], leg.amount) for leg in entry.legs]
            changes, short = self.foreseen(legs)
            try:
                made = ledger.reverse(db.session.get_one(Journal, id), reason="a mistake", by=CLOCK)
            except ledger.Overdraft:
                assert short
                return
            assert not short
            assert made.reverses_id == id
            self.held.update(changes)
            self.undone.add(key)

    @rule(pick=st.randoms(use_true_random=False))
    def repeat(self, pick: Any) -> None:
        if self.journals:
            entry, id = self.journals[pick.choice(sorted(self.journals))]
            assert ledger.post(entry, by=CLOCK).id == id

    @rule()
    def store_balances(self) -> None:
        periods.store_balances(busy=1)

    @rule()
    def seal(self) -> None:
        audit.seal()

    @rule()
    def close(self) -> None:
        periods.close_due(by=CLOCK)

    @invariant()
    def balances_agree(self) -> None:
        if hasattr(self, "held"):
            shown = {
                (code, currency): ledger.balance(_name(code), currency).minor
                for code, currency in self.held
                if self.held[code, currency]
            }
            assert shown == {place: total for place, total in self.held.items() if total}
            books.check("L")


def _name(code: str) -> chart.Name:
    kind, *ids = code.split(":")
    if kind == "payable":
        return chart.payable(UUID(ids[0]), UUID(ids[1]))
    return chart.protected(UUID(ids[0])) if ids else chart.Name(kind)
