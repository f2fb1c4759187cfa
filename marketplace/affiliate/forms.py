"""Forms of programs, links, codes and imports."""

from __future__ import annotations

import hashlib
from decimal import Decimal, InvalidOperation
from typing import Any

import rfc8785
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, Field, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import TextInput

from marketplace.accounts import places
from marketplace.affiliate.programs import DAY, Terms, percent
from marketplace.affiliate.spreadsheet import FIELDS
from marketplace.errors import Refused
from marketplace.forms import Form, MoneyField, OnceField, required


class PercentField(Field):
    """A share typed as `8` or `12.5`; `data` is basis points."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data / 100:g}"

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse on submit."""
        text = valuelist[0].strip().removesuffix("%").strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            points = Decimal(text[:20].replace(",", ".")) * 100
        except InvalidOperation:
            raise ValueError(gettext("Write a share such as 8 or 12.5.")) from None
        if not points.is_finite() or points != points.to_integral_value() or not 0 <= points <= 10_000:
            raise ValueError(gettext("Write a share from 0 to 100 with at most two decimals."))
        self.data = int(points)


def _window(**options: Any) -> IntegerField:
    return IntegerField(
        _("Days from a click to an order"),
        [required, NumberRange(1, 365, _("From 1 to 365 days."))],
        default=30,
        description=_("An order counts when it is placed at most this long after the click, to the second."),
        **options,
    )


class TermsForm(Form):
    """What an order earns, and when."""

    rate = PercentField(
        _("Commission in percent"),
        [required],
        description=_("Of what was paid for the goods, without tax, shipping and discounts."),
    )
    window_days = _window()
    hold_days = IntegerField(
        _("Days a commission is held"),
        [required, NumberRange(0, 365, _("From 0 to 365 days."))],
        default=30,
        description=_("Time for returns. After it the commission can be paid."),
    )
    code_policy = RadioField(
        _("One affiliate’s link and another’s code"),
        [required],
        choices=[("code_wins", _("The code wins")), ("link_wins", _("The link wins"))],
        default="code_wins",
    )

    def terms(self) -> Terms:
        """As the verbs take them."""
        return Terms(
            window_seconds=self.window_days.data * DAY,
            hold_days=self.hold_days.data,
            code_policy=self.code_policy.data,
            rules=(percent(self.rate.data or 0),),
        )


class ProgramForm(TermsForm):
    """A new program with its first terms."""

    name = StringField(_("Name of the program"), [required, Length(max=80)])
    summary = TextAreaField(
        _("What affiliates should know"),
        [Length(max=2000)],
        description=_("Stands on the program’s public page."),
    )
    payout_minimum = MoneyField(
        _("Smallest payout"), [required], description=_("Less than this is carried into the next month.")
    )
    statement_day = IntegerField(
        _("Statement day"),
        [required, NumberRange(1, 28, _("From 1 to 28."))],
        default=1,
        description=_("The day of the following month on which a month is closed and paid."),
    )
    zone = SelectField(_("Time zone"), choices=lambda: [(zone, zone.replace("_", " ")) for zone in places.zones()])
    joining = RadioField(
        _("Who may join"),
        [required],
        choices=[
            ("open", _("Anybody, at once")),
            ("approval", _("Anybody I approve")),
            ("invited", _("Only creators I invite or have a deal with")),
        ],
        default="approval",
    )
    consent = RadioField(
        _("Visitors who have not been asked about tracking"),
        [required],
        choices=[("required", _("Send only the link’s name")), ("not_required", _("Send a click token"))],
        default="required",
    )


class NewTermsForm(TermsForm):
    """The next terms of a program, from a day on."""

    valid_from = DateField(_("From the start of"), [required])
    seen = HiddenField()

    def fingerprint(self) -> str:
        """What stands in the form: a change is announced once it was looked over as it is."""
        whole: dict[str, Any] = {"terms": self.terms().body(), "from": str(self.valid_from.data)}
        return hashlib.sha256(rfc8785.dumps(whole)).hexdigest()


class LinkForm(Form):
    """A link to a page of the shop."""

    destination = StringField(
        _("Page in the shop"), [required, Length(max=1000)], render_kw={"inputmode": "url", "autocomplete": "off"}
    )
    label = StringField(
        _("What it is for"), [Length(max=80)], description=_("Only you see this, for example: bio, newsletter.")
    )


class CodeForm(Form):
    """A discount code for an affiliate. The shop must know it too."""

    text = StringField(
        _("Code"),
        [required, Length(max=40)],
        description=_("As customers type it. Set up the same code in the shop."),
    )
    valid_until = DateField(_("Last day"), [Optional()])


class BudgetForm(Form):
    """Money into a program's budget."""

    amount = MoneyField(_("Amount"), [required], least=100)


class PeopleForm(Form):
    """People to invite, typed or from a file."""

    people = TextAreaField(
        _("People"),
        [Length(max=60_000)],
        description=_("One person a row: name, e-mail, code. A name or an e-mail is enough."),
        render_kw={"rows": 6, "placeholder": "Maya Moss, maya@example.com, MAYA10"},
    )
    file = FileField(_("Or a CSV file"))
    seen = HiddenField()

    def take_file(self) -> None:
        """What the chosen file says stands in the box from now on. Raises Refused (415) for no text."""
        if not self.file.data:
            return
        try:
            self.people.data = self.file.data.read(60_000).decode("utf-8-sig").replace("\0", "")
        except UnicodeDecodeError:
            raise Refused(gettext("This is not a text file in UTF-8."), status=415, field="file") from None
        self.people.raw_data = None

    def fingerprint(self) -> str:
        """What stands in the box, to invite only whom the brand has looked over."""
        return hashlib.sha256((self.people.data or "").replace("\r\n", "\n").strip().encode()).hexdigest()


class TopUpForm(Form):
    """When the budget is filled by itself, and by how much."""

    line = MoneyField(_("When it falls below"), [required], least=100)
    top_up = MoneyField(_("Pay in"), [required], least=100)


class RefundForm(Form):
    """How much of an order is refunded, in all."""

    refunded = MoneyField(_("Refunded so far, in all"), [required], least=1, charged=False)


class UploadForm(Form):
    """A CSV of orders."""

    file = FileField(_("CSV file"), [FileRequired(_("Choose a file."))])


class MappingForm(Form):
    """Which column of a file is what; the choices are its headings."""

    def __init__(self, columns: list[str], **options: Any) -> None:
        super().__init__(**options)
        choices = [("", _("Not in the file")), *((column, column) for column in columns)]
        for name in FIELDS:
            self[name].choices = choices

    def mapping(self) -> dict[str, str]:
        """Field → heading, without what the file has not."""
        return {name: self[name].data for name in FIELDS if self[name].data}


for _name, (_label, _synonyms) in FIELDS.items():
    setattr(MappingForm, _name, SelectField(_label, default=""))


class KeyForm(Form):
    """The button that makes a key, pressed once."""

    once = OnceField()


class OrderForm(Form):
    """Which order is looked for. A GET form: the page it leads to has an address."""

    class Meta(Form.Meta):
        """Reading needs no token."""

        csrf = False

    order = StringField(_("Order number"), [Length(max=80)], render_kw={"type": "search"})

    @property
    def wanted(self) -> str:
        """The beginning of a number, or nothing."""
        return (self.order.data or "") if self.validate() else ""
