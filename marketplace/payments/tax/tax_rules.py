"""What a tax form must say, checked in the order in which it is filled in.

Sources: Form W-9 (Rev. March 2024) and its requester instructions; Form W-8BEN (Rev. October 2021) and its
instructions (no P.O. box as the permanent residence; a date of birth; the foreign number, or that there is none); 26
USC 861(a)(3) for work done in the United States (Form 8233, or 30 per cent withheld); DAC7, annex V, section II (the
place of birth where there is no number). None of it is legal advice.
"""

from __future__ import annotations

import re
import unicodedata
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


def look_over(filled: Filled, typed_name: str, consent: bool, day: date) -> str | None:
    """The tax number, clean, if all is right; None where she has none. Raises Refused for the first thing that is not."""
    for problem in problems(filled, typed_name, consent, day):
        raise problem
    return _number(filled)


def problems(filled: Filled, typed_name: str | None, consent: bool, day: date) -> list[Refused]:
    """Everything that is not right (422, beside its field), in the order in which the form is filled in."""
    found = [
        _beside(name, _("Please fill this in."))
        for name in ("legal_name", "street", "city", "country")
        if not str(getattr(filled, name) or "").strip()
    ]
    found += CHECKS[filled.kind](filled, day)
    try:
        _number(filled)
    except Refused as refusal:
        found.append(refusal)
    return found + _signature(filled, (typed_name or "").strip(), consent)


def same_name(one: str, other: str) -> bool:
    """Are two names the same, case, accents, spaces and punctuation aside?"""
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", name).casefold() if sign.isalnum())


def _signature(filled: Filled, typed_name: str, consent: bool) -> list[Refused]:
    found = []
    person = filled.kind != "w9" or filled.classification == "individual"
    if not typed_name:
        found.append(_beside("typed_name", _("Type your full name.")))
    elif person and filled.legal_name and not same_name(typed_name, filled.legal_name):
        sentence = _("Sign with your legal name as it stands above: %(name)s.", name=filled.legal_name)
        found.append(_beside("typed_name", sentence))
    if not consent:
        found.append(_beside("consent", _("Tick the box to make this declaration.")))
    return found


def _at_home(filled: Filled) -> list[Refused]:
    """An address in the United States has its state and its ZIP code."""
    if filled.country != "US":
        return []
    found = [] if filled.region else [_beside("region", _("An address in the United States has a state."))]
    if not ZIP.fullmatch(filled.postal_code or ""):
        found.append(_beside("postal_code", _("A ZIP code has five or nine digits.")))
    return found


def _w9(filled: Filled, _day: date) -> list[Refused]:
    found = []
    if filled.classification not in tax_words.CLASSES:
        found.append(_beside("classification", _("Choose one.")))
    found += _at_home(filled)
    if filled.number_kind not in tax_words.US_NUMBERS:
        found.append(_beside("number_kind", _("Choose one.")))
    elif filled.classification not in ("individual", "llc") and filled.number_kind != "ein":
        found.append(_beside("number_kind", _("A company gives its employer identification number.")))
    if filled.withholding:
        found.append(
            Refused(
                _(
                    "The IRS has told you that tax must be withheld from your pay, and we cannot do that yet. Write to us;"
                    " until then nothing can be paid out, and what you earn stays yours."
                )
            )
        )
    return found


def _w8ben(filled: Filled, day: date) -> list[Refused]:
    found = []
    if not filled.citizenship:
        found.append(_beside("citizenship", _("Please fill this in.")))
    if filled.citizenship == "US":
        found.append(
            _beside("citizenship", _("A US citizen is a US person anywhere in the world. Sign Form W-9 instead."))
        )
    found += _born(filled, day)
    if PO_BOX.search(filled.street or ""):
        found.append(_beside("street", _("The IRS asks for the address of your home here, not for a P.O. box.")))
    if filled.country == "US":
        sentence = _(
            "Form W-8BEN is for a home outside the United States. If you live there, write to us; we see which form it is."
        )
        found.append(_beside("country", sentence))
    return found + _works(filled)


def _works(filled: Filled) -> list[Refused]:
    if filled.works_in_us is None:
        return [_beside("works", _("Choose one."))]
    if not filled.works_in_us:
        return []
    sentence = _(
        "For work done in the United States this form is not enough: the IRS asks for Form 8233, or 30 per cent"
        " of the pay is withheld. Write to us before you begin; we sort it out with you."
    )
    return [_beside("works", sentence)]


def _platform(filled: Filled, day: date) -> list[Refused]:
    found = _born(filled, day) + _at_home(filled)
    if filled.no_number and not filled.birth_place:
        found.append(_beside("birth_place", _("Without a tax number the place of your birth is asked for.")))
    return found


def _born(filled: Filled, day: date) -> list[Refused]:
    born = filled.birth_date
    if born is None:
        return [_beside("birth_date", _("Please fill this in."))]
    if born > day:
        return [_beside("birth_date", _("This day has not come yet."))]
    if born.year < day.year - OLDEST:
        return [_beside("birth_date", _("Look at the year once more."))]
    return []


def _number(filled: Filled) -> str | None:
    if filled.kind != "w9":
        return _foreign(filled)
    kind = filled.number_kind or ""
    return tax_numbers.us(filled.typed_number or "", kind) if kind in tax_words.US_NUMBERS else None


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
