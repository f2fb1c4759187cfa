"""Money: an integer count of minor units and an ISO 4217 currency. No floats in or out.

Signs follow ordinary speech: positive is an amount owed or paid, negative takes it back. Rounding
is half away from zero, the same rule in both directions, so a refund undoes a charge exactly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from babel.numbers import format_currency, format_percent, get_currency_precision, is_currency

THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
LARGEST = 10**14  # minor units; a bound that a typing slip crosses and a real deal does not


@dataclass(frozen=True, order=False)
class Money:
    """An amount: `minor` units (cents, yen, fils) of `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("Money counts whole minor units.")
        if not is_currency(self.currency):
            raise ValueError(f"{self.currency!r} is not an ISO 4217 currency.")

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Money:
        """Read a decimal as people and files write it: `1234.5`, `1,234.50`, ` 12 `.

        A comma only sets thousands apart: `10,50` is refused, not read as a thousand and fifty.
        Raises ValueError, as a sentence, for anything else and for fractions of a minor unit.
        """
        cleaned = text.strip()
        if "," in cleaned and not THOUSANDS.fullmatch(cleaned):
            raise ValueError("Write an amount such as 120 or 120.50.")
        cleaned = cleaned.replace(",", "")
        try:
            amount = Decimal(cleaned)
        except InvalidOperation:
            raise ValueError("Write an amount such as 120 or 120.50.") from None
        if not amount.is_finite() or "e" in cleaned.lower() or "_" in cleaned:
            raise ValueError("Write an amount such as 120 or 120.50.")
        minor = amount.scaleb(get_currency_precision(currency))
        if minor != minor.to_integral_value():
            places = get_currency_precision(currency)
            raise ValueError(f"{currency} has {places} decimal places; this amount has more.")
        if abs(minor) > LARGEST:
            raise ValueError("This amount is larger than the portal can carry.")
        return cls(int(minor), currency)

    def _same(self, other: Money) -> None:
        if not isinstance(other, Money):
            raise TypeError("Money only mixes with money.")
        if other.currency != self.currency:
            raise ValueError(f"Cannot mix {self.currency} and {other.currency}.")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise TypeError("Multiply money by a whole number; use rate() for a share.")
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return not self <= other

    def __ge__(self, other: Money) -> bool:
        return not self < other

    def __bool__(self) -> bool:
        return self.minor != 0

    def rate(self, basis_points: int) -> Money:
        """This amount times `basis_points` / 10,000, rounded half away from zero to what can be paid."""
        return self.part(Fraction(basis_points, 10_000))

    def part(self, share: Fraction) -> Money:
        """A share of this amount, rounded half away from zero to what can be paid (`smallest_charge_step`)."""
        step = smallest_charge_step(self.currency)
        return Money(step * round_half_away(self.minor * share / step), self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Shares by weight that sum to the whole exactly (largest remainder; ties go first), each of which can be paid.

        Where the whole cannot be paid itself, the first share carries what is odd about it.
        """
        step = smallest_charge_step(self.currency)
        whole = (-1 if self.minor < 0 else 1) * (abs(self.minor) // step)
        parts = [part * step for part in split_minor(whole, weights)]
        parts[next(i for i, weight in enumerate(weights) if weight)] += self.minor - whole * step
        return [Money(part, self.currency) for part in parts]

    @property
    def payable(self) -> bool:
        """Does Stripe take this amount as it is?"""
        return self.minor % smallest_charge_step(self.currency) == 0

    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def plain(self) -> str:
        """`1234.50`: what files and form fields carry."""
        places = get_currency_precision(self.currency)
        return f"{self.decimal():.{places}f}"

    def format(self, locale: str = "en") -> str:
        """For people, in their locale: `$1,234.50`, with a true minus (U+2212); files have `plain`'s hyphen."""
        return format_currency(self.decimal(), self.currency, locale=locale).replace("-", "\N{MINUS SIGN}")

    def __str__(self) -> str:
        return f"{self.plain()} {self.currency}"


def percentage(basis_points: int, locale: str = "en") -> str:
    """A rate for people, in their locale: 1250 basis points are `12.5%` in English."""
    return format_percent(Decimal(basis_points) / 10_000, locale=locale, decimal_quantization=False)


def smallest_charge_step(currency: str) -> int:
    """In steps of how many minor units Stripe takes amounts: tens where there are three decimals.

    Source: docs.stripe.com/currencies, three-decimal currencies (BHD, JOD, KWD, OMR, TND): the least significant digit is
    always 0, "round amounts to the nearest ten".
    """
    return 10 if get_currency_precision(currency) == 3 else 1


def round_half_away(value: Fraction | Decimal) -> int:
    """The nearest whole number; exactly half goes away from zero."""
    value = Fraction(value)
    doubled = abs(value) * 2
    whole = int((doubled + 1) // 2)
    return whole if value >= 0 else -whole


def split_minor(minor: int, weights: Sequence[int]) -> list[int]:
    """Split an integer by non-negative integer weights so that the parts sum to it exactly.

    Raises ValueError when there is no positive weight.
    """
    total = sum(weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("A split needs weights that are not negative and not all zero.")
    sign, size = (1, minor) if minor >= 0 else (-1, -minor)
    parts = [size * weight // total for weight in weights]
    remainders = [size * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for index in order[: size - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]
