"""Forms of the brief editor, of browsing, and of the small questions around a brief.

Everything in the editor may stay empty: a draft is allowed to be unfinished, and `drafts.missing`
says what publishing still needs. Only what cannot be read at all is an error here.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional
from wtforms.widgets import HiddenInput

from marketplace.accounts.fields import CountriesField, PercentField, SettlementField, Ticks, options
from marketplace.briefs import parts
from marketplace.forms import Between, Form, required
from marketplace.rules import vocabulary

ROWS = 12  # of one kind in a brief
LINES = 3_000  # characters of a box with one thing a line


class MayBeEmpty(Optional):
    """Empty takes the house default, and the label does not call that optional."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags: dict[str, bool] = {}


class Row(Form):
    """A part of a larger form: the token belongs to the whole."""

    class Meta(Form.Meta):
        """No token of its own."""

        csrf = False


class Part(Row):
    """A compensation part; `on` tells whether the brief has it."""

    on = BooleanField(widget=HiddenInput())


class GiftPart(Part):
    """A product."""

    mode = RadioField(
        _("What for"),
        choices=options(
            {
                "for_content": _("Gift for content: the creator makes what you ask below"),
                "no_strings": _("No strings: the creator owes you nothing"),
            }
        ),
        default="for_content",
    )
    product_id = SelectField(_("Product"), choices=[], default="")
    value = SettlementField(
        _("Value"), charged=False,
        description=_("What a customer pays for it. Taken from the product if left empty."),
    )


class FeePart(Part):
    """A fixed amount. How it is paid is asked in a brand's own program only."""

    amount = SettlementField(_("Fee for each creator"))
    payment = RadioField(
        _("How you pay it"),
        choices=options(
            {
                "protected": _("Protected payment: you pay in before work starts, and it is released for the work"),
                "direct": _("You pay the creator directly, once the work is done; nothing is protected"),
            }
        ),
        default="protected",
    )
    pay_days = IntegerField(
        _("Paid directly within (days)"),
        [MayBeEmpty(), Between(1, 60)],
        default=parts.DEFAULT_PAY_DAYS,
        render_kw={"inputmode": "numeric"},
    )


class CommissionPart(Part):
    """A share of sales."""

    program_id = SelectField(
        _("Affiliate program"),
        choices=[],
        validate_choice=False,
        description=_(
            "Counts the orders and pays. Its window, code rule and payout days hold; the rate is this brief’s."
        ),
    )
    rate_bps = PercentField(_("Commission in percent"))
    hold_days = IntegerField(
        _("Held for returns, in days"),
        [MayBeEmpty(), Between(0, 120)],
        default=30,
        render_kw={"inputmode": "numeric"},
    )


class RetainerPart(Part):
    """A monthly amount."""

    amount = SettlementField(_("Amount a month"))
    months = IntegerField(
        _("Months"), [MayBeEmpty(), Between(1, 36)], default=3, render_kw={"inputmode": "numeric"}
    )
    per_month = StringField(
        _("What you get each month"), [Length(max=200)], description=_("Such as: two reels and four stories")
    )


class Stage(Row):
    """One milestone."""

    title = StringField(_("Milestone"), [Length(max=120)])
    amount = SettlementField(_("Amount"))


class MilestonesPart(Part):
    """Amounts by stage."""

    items = FieldList(FormField(Stage), label=_("Milestones"), max_entries=ROWS)


class RoyaltyPart(Part):
    """A share of what is sold."""

    share_bps = PercentField(_("Share of sales in percent"))
    per_unit = SettlementField(_("Or an amount for each one sold"))
    credit_line = StringField(_("Credit line"), [Length(max=120)], description=_("How the creator is named on it"))


class Piece(Row):
    """One line of deliverables."""

    platform = SelectField(_("Platform"), choices=options(vocabulary.PLATFORMS))
    format = SelectField(_("Format"), choices=options(vocabulary.FORMATS))
    count = IntegerField(
        _("How many"), [MayBeEmpty(), Between(1, 50)], default=1, render_kw={"inputmode": "numeric"}
    )
    due_days = IntegerField(
        _("Draft within (days)"), [MayBeEmpty(), Between(1, 365)], default=10, render_kw={"inputmode": "numeric"}
    )


class Grant(Row):
    """One usage right."""

    use = SelectField(_("Use"), choices=options(vocabulary.USES, parts.USES))
    territory = StringField(_("Where"), [Length(max=80)], default="worldwide")
    days = IntegerField(
        _("For how many days"), [MayBeEmpty(), Between(1, 3650)], default=90, render_kw={"inputmode": "numeric"}
    )
    forever = BooleanField(_("For ever"))
    exclusive = BooleanField(_("Exclusive"))
    price = SettlementField(_("Price"), description=_("Empty: included"))


class Window(Part):
    """Exclusivity."""

    category = StringField(_("Category"), [Length(max=80)], description=_("Such as: tea"))
    days = IntegerField(
        _("For how many days"), [MayBeEmpty(), Between(1, 730)], default=30, render_kw={"inputmode": "numeric"}
    )
    price = SettlementField(_("Price"))


def _clock(label: Any, most: int = 60) -> IntegerField:
    return IntegerField(label, [MayBeEmpty(), Between(1, most)], render_kw={"inputmode": "numeric"})


class Clocks(Row):
    """Days each hand-off may take."""

    answer = _clock(_("You answer an application within"))
    sign = _clock(_("Both sign within"))
    fund = _clock(_("You fund within"))
    ship = _clock(_("You ship within"))
    draft = _clock(_("A draft arrives within"), 365)
    review = _clock(_("You review within (working days)"))
    publish = _clock(_("The creator publishes within"), 180)
    confirm = _clock(_("You confirm the publication within"))


def _one_a_line(label: Any, hint: Any) -> TextAreaField:
    return TextAreaField(label, [Length(max=LINES)], description=hint, render_kw={"rows": 3})


class BriefForm(Form):
    """The whole editor. Lists of sentences are typed one a line."""

    title = StringField(_("Title"), [Length(max=120)], description=_("What a creator reads in the list"))
    summary = TextAreaField(_("What this is about"), [Length(max=3000)], render_kw={"rows": 5})
    objective = SelectField(_("What you want to reach"), choices=options(vocabulary.OBJECTIVES))
    kpi = SelectField(_("Judged by"), choices=options(vocabulary.KPIS))
    category = StringField(_("Category"), [Length(max=80)], description=_("Such as: tea. Used to warn of exclusivity"))
    language = SelectField(_("Language of the terms"), choices=options(vocabulary.LANGUAGES))
    private = BooleanField(_("Private: only creators you invite see it"))
    gift = FormField(GiftPart, label=vocabulary.PARTS["gift"])
    fee = FormField(FeePart, label=vocabulary.PARTS["fee"])
    commission = FormField(CommissionPart, label=vocabulary.PARTS["commission"])
    retainer = FormField(RetainerPart, label=vocabulary.PARTS["retainer"])
    milestones = FormField(MilestonesPart, label=vocabulary.PARTS["milestones"])
    royalty = FormField(RoyaltyPart, label=vocabulary.PARTS["royalty"])
    deliverables = FieldList(FormField(Piece), label=_("Content"), max_entries=ROWS)
    products = Ticks(_("Products it is about"), choices=[])
    must_haves = _one_a_line(_("Must be there"), _("One a line. What a draft is checked against"))
    key_messages = _one_a_line(
        _("What should come across"), _("One a line, in your words; the creator puts it in their own")
    )
    hashtags = StringField(_("Hashtags"), [Length(max=300)])
    avoid = _one_a_line(_("Please avoid"), _("One a line"))
    disclosure = StringField(
        _("Disclosure label"), [Length(max=80)], description=_("Where your audience is decides what counts")
    )
    freedom = TextAreaField(_("Left to the creator"), [Length(max=2000)], render_kw={"rows": 3})
    head_count = IntegerField(
        _("How many creators"), [MayBeEmpty(), Between(1, 10_000)], render_kw={"inputmode": "numeric"}
    )
    followers_min = IntegerField(
        _("Followers at least"), [MayBeEmpty(), Between(0, 10**9)], render_kw={"inputmode": "numeric"}
    )
    tiers = Ticks(_("Size"), choices=options(vocabulary.TIERS))
    platforms = Ticks(_("On which platforms"), choices=options(vocabulary.PLATFORMS))
    niches = Ticks(_("Niches"), choices=options(vocabulary.NICHES))
    countries = CountriesField(
        _("Countries"), [Length(max=2000)], description=_("With commas between. Empty: anywhere")
    )
    city = StringField(_("City or region"), [Length(max=80)])
    languages = Ticks(_("Languages"), choices=options(vocabulary.LANGUAGES))
    apply_by = DateField(_("Apply by"), [Optional()])
    posting_from = DateField(_("Posting from"), [Optional()])
    posting_until = DateField(_("Posting until"), [Optional()])
    rounds = SelectField(
        _("Rounds of changes included"),
        choices=options({str(n): str(n) for n in range(6)} | {"": _("without a limit")}),
        default="1",
        description=_("A change that is not in the brief never counts as a round: it is an offer to pay for more."),
    )
    clocks = FormField(Clocks, label=_("Clocks, in days"))
    rights = FieldList(FormField(Grant), label=_("Usage rights"), max_entries=ROWS)
    exclusivity = FormField(Window, label=_("Exclusivity"))


class PresetForm(Form):
    """Which of the five kinds a new brief begins as."""

    preset = RadioField(_("What kind of deal"), choices=options(vocabulary.KINDS), default="pay_per_post")


class InviteForm(Form):
    """Ask a creator by her handle."""

    handle = StringField(
        _("Creator’s handle"),
        [required, Length(max=40)],
        description=_("As in the address of the media kit, such as @cleo"),
    )


class BrowseForm(Form):
    """What a creator looks for. A GET form: its page has an address."""

    class Meta(Form.Meta):
        """Reading needs no token."""

        csrf = False

    q = StringField(_("Search"), [Length(max=120)], render_kw={"type": "search", "placeholder": _("Tea, reel, hiking")})
    kind = SelectField(_("Kind"), choices=options(vocabulary.KINDS, first=_("Any")), default="")
    platform = SelectField(_("Platform"), choices=options(vocabulary.PLATFORMS, first=_("Any")), default="")
    niche = SelectField(_("Niche"), choices=options(vocabulary.NICHES, first=_("Any")), default="")
    country = SelectField(_("Country"), choices=[], default="")
    min_fee = SettlementField(_("Pays at least"), charged=False)
    apply_from = DateField(_("Open at least until"), [Optional()])
