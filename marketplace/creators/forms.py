"""Forms of the profile editor, one a step."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import URL, Length, Optional

from marketplace.accounts.fields import PercentField, SettlementField, Ticks, options
from marketplace.creators.rates import LARGEST_MULTIPLIER
from marketplace.forms import Between, Form, OnceField, required
from marketplace.rules import vocabulary

MOST_FOLLOWERS = 2_000_000_000
NUMBER = {"inputmode": "numeric"}


class BasicsForm(Form):
    """Who she is and where."""

    handle = StringField(
        _("Handle"),
        [required, Length(max=31)],
        description=_("Your address here: /@handle. 3 to 30 letters, digits, dots or underscores."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    country = SelectField(_("Country"), [required], choices=[], description=_("Where you live and are paid."))
    city = StringField(_("City or region"), [Optional(), Length(max=80)])
    bio = TextAreaField(_("About you"), [Optional(), Length(max=1200)], render_kw={"rows": 4})
    niches = Ticks(_("Niches"), choices=options(vocabulary.NICHES), description=_("One to five are enough."))
    languages = Ticks(_("Languages you post in"), choices=options(vocabulary.LANGUAGES))
    photo = FileField(_("Photo"), description=_("JPEG, PNG or WebP."))


class AccountForm(Form):
    """One account with its figures of today."""

    platform = SelectField(_("Platform"), choices=options(vocabulary.PLATFORMS), default="instagram")
    handle = StringField(_("Name there"), [required, Length(max=80)], render_kw={"autocapitalize": "none"})
    followers = IntegerField(_("Followers"), [required, Between(0, MOST_FOLLOWERS)], render_kw=NUMBER)
    engagement_bps = PercentField(
        _("Engagement in percent"),
        [Optional()],
        description=_("Likes, comments, saves and shares of a usual post for each follower."),
        render_kw={"inputmode": "decimal"},
    )


class SampleForm(Form):
    """A piece of work: a link or a picture."""

    title = StringField(_("What it is"), [required, Length(max=120)])
    url = StringField(
        _("Link"), [Optional(), URL(message=_("Write a whole web address, such as https://…")), Length(max=500)],
        render_kw={"type": "url", "inputmode": "url"},
    )  # fmt: skip
    picture = FileField(_("Or a picture"), description=_("JPEG, PNG or WebP."))
    once = OnceField()


class RateForm(Form):
    """A price from now on."""

    platform = SelectField(_("Platform"), choices=options(vocabulary.PLATFORMS), default="instagram")
    format = SelectField(_("Format"), choices=options(vocabulary.FORMATS), default="reel")
    amount = SettlementField(_("Price"), [required], least=1)


class MultipliersForm(Form):
    """What comes on top of a rate, in percent of it."""

    paid_use = PercentField(vocabulary.MULTIPLIERS["paid_use"], [Optional()], most=LARGEST_MULTIPLIER)
    whitelisting = PercentField(vocabulary.MULTIPLIERS["whitelisting"], [Optional()], most=LARGEST_MULTIPLIER)
    exclusivity = PercentField(vocabulary.MULTIPLIERS["exclusivity"], [Optional()], most=LARGEST_MULTIPLIER)
    raw_files = PercentField(vocabulary.MULTIPLIERS["raw_files"], [Optional()], most=LARGEST_MULTIPLIER)
    show_rates = BooleanField(_("Show my rates on my page"))


class StyleForm(Form):
    """How she works."""

    values = TextAreaField(_("What you stand for"), [Optional(), Length(max=800)], render_kw={"rows": 3})
    style = TextAreaField(
        _("How you make things"), [Optional(), Length(max=800)], description=_("Themes, tone, how often you post."),
        render_kw={"rows": 3},
    )  # fmt: skip
    availability = StringField(
        _("When you are free"), [Optional(), Length(max=200)], description=_("Such as: from May, two deals a month.")
    )
    listed = BooleanField(_("Brands may find me in search"))


class PrivateForm(Form):
    """What nobody sees on her page."""

    birth_date = DateField(_("Date of birth"), [Optional()], description=_("You must be 18 or older to work here."))
    address = TextAreaField(
        _("Delivery address"), [Optional(), Length(max=500)], render_kw={"rows": 4, "autocomplete": "street-address"},
        description=_("For gifts. A brand sees it only when you agree to it in a deal."),
    )  # fmt: skip


class HolidayForm(Form):
    """Days she is away."""

    from_day = DateField(_("First day"), [required])
    until_day = DateField(_("Last day"), [required])
