"""The operator's forms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel import Locale
from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import DecimalField, EmailField, RadioField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from marketplace import clock
from marketplace.accounts.forms import ADDRESS, CountryField, new_password
from marketplace.accounts.models import Shape
from marketplace.forms import Form, required
from marketplace.rules.queries import platform_countries, platform_currencies

MOST_FEE = 50  # per cent


def countries() -> list[tuple[str, str]]:
    """The countries a portal can be run from."""
    names = _locale().territories
    return _to_choose([(code, names[code]) for code in _served()])


def currencies() -> list[tuple[str, str]]:
    """Every currency that Stripe settles for a portal in one of those countries, by code."""
    names, today = _locale().currencies, clock.now().date()
    known = sorted({code for country in _served() for code in platform_currencies(country, today)})
    return _to_choose([(code, f"{code}, {names[code]}") for code in known])


def _to_choose(known: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """With an empty first line, unless there is only one to choose."""
    return known if len(known) == 1 else [("", _("Choose")), *known]


def _locale() -> Locale:
    return Locale.parse(str(get_locale() or "en"))


def _served() -> list[str]:
    return platform_countries(clock.now().date())


class SetUp(Form):
    """Everything a new portal must know. Where no key is asked for, the view takes that field away."""

    key = StringField(
        _("One-time key"),
        [required, Length(max=80)],
        description=_("Run flask setup-key on the server; it prints the key. So nobody else can set this portal up."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    shape = RadioField(
        _("What is this portal for?"),
        [required],
        default=Shape.OPEN_MARKETPLACE.value,
        choices=[
            (
                Shape.OPEN_MARKETPLACE.value,
                _("An open marketplace: many brands, each verified before it may write to creators"),
            ),
            (Shape.AGENCY.value, _("An agency: several brands, opened and run by one operator")),
            (Shape.OWN_PROGRAM.value, _("One brand’s own program: under its name, without a platform fee")),
        ],
    )
    operator_name = StringField(
        _("Who runs it"), [required, Length(max=120)], description=_("The firm or person that answers for this portal.")
    )
    brand_name = StringField(_("The brand’s name"), [Length(max=120)], description=_("Only for a brand’s own program."))
    country = SelectField(
        _("Country"),
        [required],
        choices=countries,
        validate_choice=False,
        description=_("Where the portal’s own Stripe account is; the United States for now."),
    )
    currency = SelectField(
        _("Settlement currency"),
        [required],
        choices=currencies,
        validate_choice=False,
        description=_("Everybody is paid in it. It cannot be changed later."),
    )
    platform_fee = DecimalField(
        _("Platform fee in per cent"),
        [Optional(), NumberRange(min=0, max=MOST_FEE, message=_("Choose from 0 to 50 per cent."))],
        default=Decimal(10),
        places=None,
        description=_(
            "Of what a creator earns; shown to both sides before they agree. A brand’s own program takes none."
        ),
        render_kw={"inputmode": "decimal"},
    )
    name = StringField(_("Your name"), [required, Length(max=120)], render_kw={"autocomplete": "name"})
    email = EmailField(_("Your e-mail"), [required, ADDRESS], render_kw={"autocomplete": "username"})
    password = new_password(_("Your password"))

    def validate_country(self, field: Any) -> None:
        """A portal is run from where its rules and Stripe's are known to fit."""
        served = _served()
        if field.data and field.data not in served:
            names = _locale().territories
            raise ValidationError(
                _(
                    "For now a portal can be run in one of these countries only: %(served)s. In %(country)s Stripe or the law would not let"
                    " it hold and send money as it does. Creators and brands may live in other countries.",
                    served=format_list([names[one] for one in served], locale=str(get_locale() or "en")),
                    country=names.get(field.data, field.data),
                )
            )

    def validate_currency(self, field: Any) -> None:
        """What Stripe would convert into another currency settles nothing."""
        country = self.country.data
        settled = platform_currencies(country, clock.now().date()) if country else []
        if field.data and settled and field.data not in settled:
            raise ValidationError(
                _(
                    "Stripe settles %(settled)s for a portal in %(country)s. Choose from these.",
                    settled=format_list(settled, locale=str(get_locale() or "en")),
                    country=_locale().territories[country],
                )
            )

    def validate_brand_name(self, field: Any) -> None:
        """An own program is some brand's."""
        if self.shape.data == Shape.OWN_PROGRAM and not field.data:
            raise ValidationError(_("Say which brand this program is for."))

    def validate_platform_fee(self, field: Any) -> None:
        """A fee is kept in hundredths of a per cent."""
        if field.data is not None and field.data != round(field.data, 2):
            raise ValidationError(_("Use at most two decimal places."))

    def fee_bps(self) -> int | None:
        """The fee in basis points, or None for the shape's default."""
        return None if self.platform_fee.data is None else int(self.platform_fee.data * 100)


class OpenBrand(Form):
    """A brand the operator opens, and whom to ask to own it."""

    name = StringField(_("Brand"), [required, Length(max=120)])
    country = CountryField(_("Country"), [required])
    email = EmailField(_("Owner’s e-mail"), [required, ADDRESS])
