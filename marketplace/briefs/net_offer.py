"""What a brief is worth to one creator, before she applies: what comes in, what goes off, when it is paid.

Amounts are for one creator, in the body's currency, before tax and bank charges. Only what is paid in
is counted: the fee and the priced rights. Commission depends on sales, gifts are named with their value,
and months, stages and royalties are named as what they are, a promise with no payment path here yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from marketplace.briefs import parts, words
from marketplace.creators.models import Commitment
from marketplace.creators.rates import RateCard
from marketplace.money import Money
from marketplace.payments import fees
from marketplace.rules import queries as rules

WORKDAYS = 5  # in a week
MONTH = 30  # days, for multipliers per month
ENDLESS_MONTHS = 24  # months that rights for ever are priced at
STEPS = ("answer", "sign", "fund", "draft", "review", "publish", "confirm")


@dataclass(frozen=True)
class RightsLine:
    """A right the brief asks for: what it offers and what her own multipliers make it worth.

    `use` is one of the rights vocabulary, or `exclusivity`; `days` None means for ever; `hers` is
    None where her card has no price to multiply.
    """

    use: str
    days: int | None
    offered: Money
    hers: Money | None
    where: str = ""

    @property
    def short_by(self) -> Money | None:
        """How much less than her own price is offered; None when it is enough or unknown."""
        return self.hers - self.offered if self.hers and self.hers > self.offered else None


@dataclass(frozen=True)
class NetOffer:
    """The offer in figures. `gross` is `parts.protected_amount`; `net` = `gross` − `platform_fee`.

    `promised` says in words what the contract alone promises; `fixed` is all fixed money with it. `paid_directly`: by the brand itself, so nothing is protected. `expected_pay_days` counts from the application to the money if everybody takes all the time
    the clocks give; `hers` is what her rate card makes of the same work without rights.
    """

    gross: Money
    platform_fee: Money
    net: Money
    rights: list[RightsLine]
    hers: Money | None
    fixed: Money
    promised: list[tuple[str, str]]
    gift_value: Money | None
    commission_bps: int | None
    expected_pay_days: int
    expected_pay_date: date
    rounds: int | None
    clashes: list[Commitment]
    paid_directly: bool

    @property
    def currency(self) -> str:
        """The currency of every amount here."""
        return self.gross.currency

    @property
    def priced(self) -> list[RightsLine]:
        """The rights that are paid for on top of the fee."""
        return [line for line in self.rights if line.offered]

    @property
    def fee(self) -> Money:
        """What of the gross is for the work itself."""
        return self.gross - sum((line.offered for line in self.priced), Money.zero(self.currency))


def of(
    body: dict[str, Any],
    *,
    day: date,
    card: RateCard | None = None,
    commitments: Iterable[Commitment] = (),
) -> NetOffer:
    """Work the offer out for the creator whose rate card and signed commitments these are."""
    gross = parts.protected_amount(body)
    platform_fee = fees.platform_fee(gross)
    gift, commission = parts.part(body, "gift"), parts.part(body, "commission")
    days = expected_pay_days(body)
    return NetOffer(
        gross=gross,
        platform_fee=platform_fee,
        net=gross - platform_fee,
        rights=_rights(body, card, day),
        hers=card.price_of(body["deliverables"], body["currency"]) if card else None,
        fixed=parts.each(body),
        promised=words.promised(body),
        gift_value=Money(gift["value"], body["currency"]) if gift else None,
        commission_bps=commission["rate_bps"] if commission else None,
        expected_pay_days=days,
        expected_pay_date=day + timedelta(days=days),
        rounds=body["rounds"],
        clashes=[c for c in commitments if _clashes(body, c, day)],
        paid_directly=parts.paid_directly(body),
    )


def expected_pay_days(body: dict[str, Any]) -> int:
    """Days from the application to the money at the latest, if nobody is late."""
    clocks = parts.DEFAULT_CLOCKS | body["clocks"]
    steps = STEPS + (("ship",) if parts.part(body, "gift") else ())
    due = max((piece["due_days"] for piece in body["deliverables"]), default=clocks["draft"])
    weekends = 2 * -(-clocks["review"] // WORKDAYS)  # reviewing counts working days only
    direct = parts.pay_days(body) - clocks["fund"] if parts.paid_directly(body) else 0  # paid after the work
    return sum(clocks[step] for step in steps if step != "draft") + due + weekends + direct


def _rights(body: dict[str, Any], card: RateCard | None, day: date) -> list[RightsLine]:
    base = card.price_of(body["deliverables"], body["currency"]) if card else None
    base = base or parts.fixed_money(body)
    vocabulary = rules.uses(day)
    lines = [
        RightsLine(
            grant["use"],
            grant["days"],
            Money(grant.get("price") or 0, body["currency"]),
            _hers(base, card, vocabulary.get(grant["use"], {}).get("multiplier"), grant["days"]),
            words.territory(grant.get("territory")),
        )
        for grant in body["rights"]
    ]
    if window := body.get("exclusivity"):
        offered = Money(window.get("price") or 0, body["currency"])
        lines.append(
            RightsLine("exclusivity", window["days"], offered, _hers(base, card, "exclusivity", window["days"]))
        )
    return lines


def _hers(base: Money | None, card: RateCard | None, multiplier: str | None, days: int | None) -> Money | None:
    """Her price for a right: base × her multiplier per month × months; None where she named none."""
    bps = card.multipliers.get(multiplier) if card and multiplier else None
    if not bps or not base:
        return None
    months = Fraction(days, MONTH) if days is not None else Fraction(ENDLESS_MONTHS)
    return base.part(Fraction(bps, 10_000) * months)


def _clashes(body: dict[str, Any], commitment: Commitment, day: date) -> bool:
    """Would this work fall into an exclusivity window she has signed?"""
    category = body.get("category", "").casefold()
    if not category or commitment.category.casefold() != category:
        return False
    opens = date.fromisoformat(body["posting_from"]) if body.get("posting_from") else day
    ends = date.fromisoformat(body["posting_until"]) if body.get("posting_until") else day + timedelta(days=60)
    return commitment.starts_on <= ends and opens <= commitment.ends_on
