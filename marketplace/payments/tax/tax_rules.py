"""What a tax form must say, checked in the order in which it is filled in.

Sources: Form W-9 (Rev. March 2024) and its requester instructions; Form W-8BEN (Rev. October 2021) and its
instructions (no P.O. box as the permanent residence; a date of birth; the foreign number, or that there is none); 26
USC 861(a)(3) for work done in the United States (Form 8233, or 30 per cent withheld); DAC7, annex V, section II (the
place of birth where there is no number). None of it is legal advice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from marketplace.errors import Refused
from marketplace.payments.tax import tax_numbers, tax_words

NOT_KEPT = {"kind", "typed_number", "no_number", "works_in_us", "withholding", "number_kind", "number_country"}
OLDEST = 120  # years
PO_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b|\bpost\s+office\s+box\b", re.IGNORECASE)
ZIP = re.compile(r"\d{5}(-?\d{4})?")


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in. `typed_number` is the number as typed; `works_in_us` True, False or not answered."""

    kind: str
    legal_name: str
    street: str
    city: str
    country: str
    region: str | None = None
    postal_code: str | None = None
    business_name: str | None = None
    classification: str | None = None
    citizenship: str | None = None
    birth_date: date | None = None
    birth_place: str | None = None
    number_kind: str | None = None
    number_country: str | None = None
    typed_number: str | None = None
    no_number: bool = False
    works_in_us: bool | None = None
    withholding: bool = False

    @property
    def of_kind(self) -> str:
        """Which number is given: one of the US ones on a W-9, else `foreign`."""
        return str(self.number_kind) if self.kind == "w9" else "foreign"

    @property
    def of_country(self) -> str:
        """The country that gave the number; the country of the address where nothing else is said."""
        return "US" if self.kind == "w9" else self.number_country or self.country


def look_over(filled: Filled, day: date) -> str | None:
    """The tax number, clean, if all is right; None where she has none. Raises Refused for the first thing that is not."""
    for name in ("legal_name", "street", "city", "country"):
        if not str(getattr(filled, name) or "").strip():
            raise _beside(name, _("Please fill this in."))
    return CHECKS[filled.kind](filled, day)


def _w9(filled: Filled, _day: date) -> str:
    if filled.withholding:
        raise Refused(
            _(
                "The IRS has told you that tax must be withheld from your pay, and we cannot do that yet. Write to us;"
                " until then nothing can be paid out, and what you earn stays yours."
            )
        )
    if filled.classification not in tax_words.CLASSES:
        raise _beside("classification", _("Choose one."))
    if filled.country == "US" and not ZIP.fullmatch(filled.postal_code or ""):
        raise _beside("postal_code", _("A ZIP code has five or nine digits."))
    if filled.number_kind not in tax_words.US_NUMBERS:
        raise _beside("number_kind", _("Choose one."))
    if filled.classification not in ("individual", "llc") and filled.number_kind != "ein":
        raise _beside("number_kind", _("A company gives its employer identification number."))
    return tax_numbers.us(filled.typed_number or "", filled.number_kind or "")


def _w8ben(filled: Filled, day: date) -> str | None:
    if filled.country == "US":
        raise _beside(
            "country",
            _(
                "Form W-8BEN is for a home outside the United States. If you live there, write to us; we see which form it is."
            ),
        )
    if PO_BOX.search(filled.street):
        raise _beside("street", _("The IRS asks for the address of your home here, not for a P.O. box."))
    if not filled.citizenship:
        raise _beside("citizenship", _("Please fill this in."))
    if filled.citizenship == "US":
        raise _beside("citizenship", _("A US citizen is a US person wherever she lives. Sign Form W-9 instead."))
    if filled.works_in_us is None:
        raise _beside("works", _("Choose one."))
    if filled.works_in_us:
        raise _beside(
            "works",
            _(
                "For work done in the United States this form is not enough: the IRS asks for Form 8233, or 30 per cent"
                " of the pay is withheld. Write to us before you begin; we sort it out with you."
            ),
        )
    _born(filled, day)
    return _foreign(filled)


def _platform(filled: Filled, day: date) -> str | None:
    _born(filled, day)
    if filled.no_number and not filled.birth_place:
        raise _beside("birth_place", _("Without a tax number the place of your birth is asked for."))
    return _foreign(filled)


def _born(filled: Filled, day: date) -> None:
    born = filled.birth_date
    if born is None:
        raise _beside("birth_date", _("Please fill this in."))
    if born > day:
        raise _beside("birth_date", _("This day has not come yet."))
    if born.year < day.year - OLDEST:
        raise _beside("birth_date", _("Look at the year once more."))


def _foreign(filled: Filled) -> str | None:
    typed = (filled.typed_number or "").strip()
    if filled.no_number:
        if typed:
            raise _beside("no_number", _("Give the number, or say that you have none; not both."))
        return None
    if not typed:
        raise _beside(tax_numbers.FIELD, _("Give your tax number, or say below that you have none."))
    if filled.of_country == "US":
        return tax_numbers.us(typed, "itin" if tax_numbers.PUNCTUATION.sub("", typed).startswith("9") else "ssn")
    return tax_numbers.foreign(typed)


def _beside(field: str, sentence: str) -> Refused:
    return Refused(sentence, status=422, field=field)


CHECKS = {"w9": _w9, "w8ben": _w8ben, "platform": _platform}
