"""Tax numbers: what can be one, and how one is kept.

A US number has nine digits. Social security numbers never begin with 000, 666 or 9, nor have 00 in the middle or 0000
at the end (SSA, "Meaning of the Social Security Number"); numbers that begin with 9 are the IRS's own for
individuals (ITIN), with certain middle digits only. Other countries' numbers are only looked at from afar: each has
its own shape (OECD, Tax Identification Numbers), and we check none of them with an authority.

Sealed means encrypted and authenticated (Fernet) with the keys of TAX_NUMBER_KEYS; the form's id is sealed in with the
number, so that one row's number never passes for another's.
"""

from __future__ import annotations

import re
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app
from flask_babel import gettext as _

from marketplace.errors import Refused

FIELD = "number"
PUNCTUATION = re.compile(r"[\s\-./–]")
ITIN_MIDDLE = frozenset([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])
INVENTED = frozenset(["123456789", "987654321", "078051120", "219099999"])  # the last two: printed in advertising
SHORTEST, LONGEST = 4, 20


def us(typed: str, kind: str) -> str:
    """The nine digits of a US number of a kind (`ssn`, `itin`, `ein`). Raises Refused beside its field."""
    digits = PUNCTUATION.sub("", typed)
    if not (digits.isascii() and digits.isdigit()):
        raise _no(_("A US tax number has only digits."))
    if len(digits) != 9:
        raise _no(_("A US tax number has 9 digits; this one has %(n)s.", n=len(digits)))
    if len(set(digits)) == 1 or digits in INVENTED:
        raise _no(_("This is nobody’s tax number. Copy yours from the card or the letter."))
    if not RIGHT[kind](digits):
        raise _no(WRONG[kind]())
    return digits


def _is_ssn(digits: str) -> bool:
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _is_itin(digits: str) -> bool:
    return digits[0] == "9" and int(digits[3:5]) in ITIN_MIDDLE


def _is_ein(digits: str) -> bool:
    return digits[:2] != "00"


RIGHT = {"ssn": _is_ssn, "itin": _is_itin, "ein": _is_ein}
WRONG = {
    "ssn": lambda: _("No social security number looks like this. Compare it with your card."),
    "itin": lambda: _("No ITIN looks like this: it begins with 9. Compare it with the letter of the IRS."),
    "ein": lambda: _("No employer identification number looks like this. Compare it with the letter of the IRS."),
}


def foreign(typed: str) -> str:
    """Another country's number without its punctuation, in capitals. Raises Refused beside its field."""
    number = PUNCTUATION.sub("", typed).upper()
    if not (number.isascii() and number.isalnum()):
        raise _no(_("A tax number has only letters from A to Z and digits."))
    if not SHORTEST <= len(number) <= LONGEST:
        raise _no(
            _(
                "A tax number has %(a)s to %(b)s letters and digits; this one has %(n)s.",
                a=SHORTEST,
                b=LONGEST,
                n=len(number),
            )
        )
    if len(set(number)) == 1 or not any(sign.isdigit() for sign in number):
        raise _no(_("This is nobody’s tax number. Copy yours from a letter of your tax office."))
    return number


def _no(sentence: str) -> Refused:
    return Refused(sentence, status=422, field=FIELD)


def last_four(number: str) -> str:
    """What pages show: the last four, of a short number never more than half."""
    return number[-min(4, len(number) // 2) :]


def seal(form_id: UUID, number: str) -> bytes:
    """A form's number, encrypted with the newest key."""
    return _box().encrypt(f"{form_id}:{number}".encode())


def unseal(form_id: UUID, sealed: bytes) -> str:
    """The number again. Raises ValueError when no key fits, or when it was sealed for another form."""
    try:
        owner, _colon, number = _box().decrypt(sealed).decode().partition(":")
    except InvalidToken:
        raise ValueError("No key of TAX_NUMBER_KEYS opens this number.") from None
    if owner != str(form_id):
        raise ValueError("This number was sealed for another form.")
    return number


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in current_app.config["SETTINGS"].tax_number_keys])
