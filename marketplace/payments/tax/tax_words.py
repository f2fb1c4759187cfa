"""What tax forms say: their names, what each is for, and the statement that is signed, word for word.

The statement of a W-9 is part II of Form W-9 (Rev. March 2024) without its items on FATCA codes, which no field here
asks for; that of a W-8BEN is part III of Form W-8BEN (Rev. October 2021), of line (a) to (d) the one that concerns pay
for services outside the United States, and the sentence that the requester instructions ask of a substitute form
("Penalties of perjury statement"). Whoever signs for a treaty, for a company or with a withholding notice signs the
IRS's own form and not these.
"""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

NAMES = {"w9": _l("Form W-9"), "w8ben": _l("Form W-8BEN"), "platform": _l("Tax details")}
LEADS = {
    "w9": _l("For US citizens, residents and companies. It tells the IRS who was paid; signing it takes nothing off your pay."),
    "w8ben": _l(
        "For people who are not US persons and do their work outside the United States. With it nothing is taken off"
        " your pay for US tax."
    ),
    "platform": _l(
        "Platforms report once a year what they paid to whom. The tax office of your country gets the same that you"
        " see in your earnings."
    ),
}
OTHER = {
    "w9": _l("A US citizen, or somebody who is taxed as a US resident? Sign Form W-9 instead."),
    "w8ben": _l("Not a US person? Sign Form W-8BEN instead."),
}
CLASSES = {
    "individual": _l("individual or sole proprietor"),
    "llc": _l("LLC that is taxed with its owner"),
    "llc_c": _l("LLC taxed as a C corporation"),
    "llc_s": _l("LLC taxed as an S corporation"),
    "llc_p": _l("LLC taxed as a partnership"),
    "c_corporation": _l("C corporation"),
    "s_corporation": _l("S corporation"),
    "partnership": _l("partnership"),
    "trust": _l("trust or estate"),
}
US_NUMBERS = {
    "ssn": _l("social security number (SSN)"),
    "itin": _l("individual number of the IRS (ITIN)"),
    "ein": _l("employer identification number (EIN)"),
}
NUMBERS = US_NUMBERS | {"foreign": _l("tax number")}


def statement(kind: str) -> str:
    """What is declared by signing, one sentence a line; kept with the signature."""
    return "\n".join(STATEMENTS[kind]())


def _w9() -> list[str]:
    return [
        _("Under penalties of perjury, I certify that:"),
        _("The number shown on this form is my correct taxpayer identification number; and"),
        _(
            "I am not subject to backup withholding because (a) I am exempt from backup withholding, or (b) I have not"
            " been notified by the Internal Revenue Service (IRS) that I am subject to backup withholding as a result"
            " of a failure to report all interest or dividends, or (c) the IRS has notified me that I am no longer"
            " subject to backup withholding; and"
        ),
        _("I am a U.S. citizen or other U.S. person."),
    ]


def _w8ben() -> list[str]:
    return [
        _(
            "Under penalties of perjury, I declare that I have examined the information on this form and to the best of"
            " my knowledge and belief it is true, correct, and complete. I further certify under penalties of perjury"
            " that:"
        ),
        _("I am the individual that is the beneficial owner of all the income to which this form relates;"),
        _("I am not a U.S. person;"),
        _(
            "This form relates to income not effectively connected with the conduct of a trade or business in the"
            " United States: all my services are performed outside the United States."
        ),
        _(
            "I authorize this form to be provided to any withholding agent that has control, receipt, or custody of"
            " the income of which I am the beneficial owner or that can disburse or make payments of it. I agree that I"
            " will submit a new form within 30 days if any certification made on this form becomes incorrect."
        ),
        _(
            "The Internal Revenue Service does not require your consent to any provisions of this document other than"
            " the certifications required to establish your status as a non-U.S. person."
        ),
    ]


def _platform() -> list[str]:
    return [
        _(
            "I declare that what I have written here is true and complete, and that I act for myself and not for a company."
        ),
        _("I sign again within 30 days if any of it changes."),
    ]


STATEMENTS: dict[str, Callable[[], list[str]]] = {"w9": _w9, "w8ben": _w8ben, "platform": _platform}


def consent() -> str:
    """The box that is ticked before signing."""
    return _(
        "I have read this declaration and make it. I sign electronically by typing my name and pressing the button."
    )
