"""Forms of tax forms: the fields of each kind. What they must say is checked in `tax_rules.py`."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import Length, Optional

from marketplace.accounts.fields import options
from marketplace.accounts.forms import CountryField
from marketplace.forms import Form, required
from marketplace.payments.tax import tax_words
from marketplace.payments.tax.tax_rules import Filled

DIGITS = {"inputmode": "numeric", "autocomplete": "off"}
WORKS = {"outside": False, "inside": True}


class TaxFields(Form):
    """What every form asks: name, address, signature. `once` makes a double click one signature."""

    once = HiddenField(validators=[required, Length(max=64)])
    legal_name = StringField(
        _l("Your full legal name"),
        [required, Length(max=120)],
        description=_l("As on your tax return."),
        render_kw={"autocomplete": "name"},
    )
    street = StringField(
        _l("Street and number"), [required, Length(max=120)], render_kw={"autocomplete": "street-address"}
    )
    city = StringField(_l("City"), [required, Length(max=80)], render_kw={"autocomplete": "address-level2"})
    region = StringField(
        _l("State or province"),
        [Length(max=80)],
        description=_l("Needed in the United States; elsewhere only if the address has one."),
        render_kw={"autocomplete": "address-level1"},
    )
    postal_code = StringField(
        _l("Postal code"),
        [Length(max=16)],
        description=_l("Needed in the United States; elsewhere only if the address has one."),
        render_kw={"autocomplete": "postal-code"},
    )
    country = CountryField(_l("Country"), [required], render_kw={"autocomplete": "country"})
    typed_name = StringField(_l("Type your full name"), [required, Length(max=120)])
    consent = BooleanField(_l("I agree"))


class W9(TaxFields):
    """A US person."""

    business_name = StringField(
        _l("Business name"), [Optional(), Length(max=120)], description=_l("Only if it differs from your name.")
    )
    classification = SelectField(_l("You are taxed as"), choices=options(tax_words.CLASSES), default="individual")
    number_kind = SelectField(_l("Which number"), choices=options(tax_words.US_NUMBERS), default="ssn")
    number = StringField(
        _l("Tax number"),
        [required, Length(max=40)],
        description=_l("Nine digits. Kept encrypted; afterwards pages show only the last four."),
        render_kw=DIGITS,
    )
    withholding = BooleanField(_l("The IRS has told me that tax must be withheld from my pay (backup withholding)"))


class W8Ben(TaxFields):
    """A person who is no US person."""

    citizenship = CountryField(_l("Citizen of"), [required])
    birth_date = DateField(_l("Date of birth"), [required], render_kw={"autocomplete": "bday"})
    works = RadioField(
        _l("Where you do the work"),
        choices=[
            ("outside", _l("All of it outside the United States")),
            ("inside", _l("Some or all of it in the United States")),
        ],
        validate_choice=False,
    )
    number = StringField(
        _l("Tax number of your country"),
        [Length(max=40)],
        description=_l("Kept encrypted; afterwards pages show only the last four."),
        render_kw={"autocomplete": "off"},
    )
    no_number = BooleanField(_l("My country gives me none"))


class Platform(TaxFields):
    """The self-certification of platform reporting."""

    birth_date = DateField(_l("Date of birth"), [required], render_kw={"autocomplete": "bday"})
    number = StringField(
        _l("Tax number"),
        [Length(max=40)],
        description=_l("Kept encrypted; afterwards pages show only the last four."),
        render_kw={"autocomplete": "off"},
    )
    number_country = CountryField(_l("Given by"), [Optional()])
    no_number = BooleanField(_l("My country gives me none"))
    birth_place = StringField(
        _l("City and country of birth"), [Optional(), Length(max=120)], description=_l("Only without a tax number.")
    )


KINDS: dict[str, type[TaxFields]] = {"w9": W9, "w8ben": W8Ben, "platform": Platform}


def filled(kind: str, form: Any) -> Filled:
    """What was typed; an empty field is None."""

    def said(name: str) -> Any:
        return (form[name].data or None) if name in form else None

    plain = (
        "region", "postal_code", "business_name", "classification", "citizenship", "birth_date", "birth_place",
        "number_kind", "number_country",
    )  # fmt: skip
    return Filled(
        kind=kind,
        **{name: form[name].data for name in ("legal_name", "street", "city", "country")},
        **{name: said(name) for name in plain},
        typed_number=said("number"),
        no_number=bool(said("no_number")),
        works_in_us=WORKS.get(str(said("works"))),
        withholding=bool(said("withholding")),
    )
