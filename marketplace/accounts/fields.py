"""Fields several forms share: amounts in the settlement currency, countries by name, shares in percent."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext
from flask_babel.speaklater import LazyString
from wtforms import Field, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from marketplace.accounts import places, queries
from marketplace.forms import MoneyField


def options(words: dict[str, Any], keys: Iterable[str] | None = None, *, first: Any = None) -> list[SelectChoice]:
    """Options of a select, keys and names from a vocabulary; `first` is the name of the empty one.

    Vocabularies are written for the middle of a sentence; as an option a word begins with a capital.
    """
    chosen = [SelectChoice(value=key, label=sentence(words[key])) for key in (words if keys is None else keys)]
    return chosen if first is None else [SelectChoice(value="", label=first), *chosen]


def sentence(words: Any) -> Any:
    """Our own words as they begin a line; what people named themselves (plain text) stays as it is."""
    return LazyString(lambda: str(words)[:1].upper() + str(words)[1:]) if isinstance(words, LazyString) else words


class Ticks(SelectMultipleField):
    """Several of a few, as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SettlementField(MoneyField):
    """An amount in the instance's one settlement currency."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any):
        settings = queries.instance()
        super().__init__(label, validators, currency=settings.currency if settings else "USD", **options)


class CountriesField(StringField):
    """Countries typed as names or two-letter codes with commas between; `data` is a list of codes."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        names = places.countries()
        return ", ".join(names.get(code, code) for code in self.data or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read names in any case, or codes. Raises ValueError naming the first that is no country."""
        if not valuelist:
            return
        self.data: list[str] = []
        by_name = {name.casefold(): code for code, name in places.countries().items()}
        for word in valuelist[0][:2000].split(","):
            wanted = word.strip()
            code = by_name.get(wanted.casefold()) or (wanted.upper() if wanted.upper() in places.countries() else None)
            if wanted and code is None:
                raise ValueError(gettext("“%(word)s” is no country we know.", word=wanted[:40]))
            if code and code not in self.data:
                self.data.append(code)


class PercentField(Field):
    """A share typed in percent with up to two decimals; `data` is whole basis points or None.

    `most` is the largest allowed, in basis points.
    """

    widget = TextInput()

    def __init__(self, label: Any = None, validators: Any = None, most: int = 10_000, **options: Any):
        super().__init__(label, validators, **options)
        self.most = most

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{Decimal(self.data) / 100:f}".removesuffix(".00") if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read `12.5`, `12.5 %` or `12,5`. Raises ValueError as a sentence."""
        if not valuelist:
            return
        self.data = None
        text = valuelist[0].strip().removesuffix("%").strip().replace(",", ".")[:20]
        if not text:
            return
        try:
            bps = Decimal(text) * 100
        except InvalidOperation:
            raise ValueError(gettext("Write a percentage such as 12 or 12.5.")) from None
        if not bps.is_finite() or bps != bps.to_integral_value() or not 0 <= bps <= self.most:
            most = Decimal(self.most) / 100
            raise ValueError(
                gettext("Write a percentage between 0 and %(most)s with two decimals at most.", most=f"{most:g}")
            )
        self.data = int(bps)
