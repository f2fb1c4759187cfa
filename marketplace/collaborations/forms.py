"""Forms of applications, proposals and endings."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from marketplace.accounts import places
from marketplace.accounts.fields import options
from marketplace.briefs.parts import PLATFORMS, USES
from marketplace.collaborations import wording
from marketplace.collaborations.negotiation import Proposal
from marketplace.collaborations.states import DECLINE_REASONS
from marketplace.forms import Between, Form, MoneyField, Part, required
from marketplace.money import Money
from marketplace.rules import vocabulary

SPARE = 1  # empty rows offered below those that exist
MOST_ROWS = 20


def application_form(currency: str) -> type[Form]:
    """The form of an application to a brief that pays in `currency`."""

    class ApplicationForm(Form):
        version = HiddenField()  # of the brief, as it was read
        pitch = TextAreaField(
            _l("What would you make?"),
            [required, Length(max=2000)],
            description=_l("A few sentences: your idea, and why it suits the people who follow you."),
        )
        fee = MoneyField(
            _l("Your own price"),
            [Optional()],
            currency=currency,
            description=_l("Leave it empty to apply at the brief’s pay. Otherwise the brand sees both."),
        )

    return ApplicationForm


def new_terms_form(body: dict[str, Any]) -> type[Form]:
    """The form with which a creator accepts a brief's newer terms: the version she read and, where they pay a fee,
    her own price."""

    class NewTermsForm(Form):
        version = HiddenField()
        fee = MoneyField(_l("Your own price"), [Optional()], currency=body["currency"])

        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **kwargs)
            if not has_fee(body):
                del self.fee

    return NewTermsForm


class DeclineForm(Form):
    """A no with its reason."""

    reason = SelectField(_l("Reason"), choices=[])
    note = TextAreaField(_l("A sentence to the creator"), [Optional(), Length(max=500)])

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.reason.choices = reasons()


class CancelForm(Form):
    """Ending a deal early."""

    reason = TextAreaField(_l("Why does it end?"), [required, Length(max=500)])


def reasons() -> list[tuple[str, str]]:
    """The reasons for a no, with an empty first line so that one must be chosen."""
    return [("", gettext("Choose a reason")), *((key, gettext(words)) for key, words in DECLINE_REASONS.items())]


class PieceForm(Part):
    """A line of deliverables; a row without a platform is no line."""

    platform = SelectField(_l("Platform"), choices=[])
    format = SelectField(_l("Format"), choices=[])
    count = IntegerField(_l("How many"), [Optional(), Between(1, 30)])
    due_days = IntegerField(_l("Draft within days"), [Optional(), Between(1, 180)])

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.platform.choices = [("", gettext("None")), *((name, wording.platform(name)) for name in PLATFORMS)]
        self.format.choices = options(vocabulary.FORMATS)


def proposal_form(body: dict[str, Any]) -> type[Form]:
    """The form of a proposal over the terms of `body`, in its currency. A fee is asked for where it has one."""
    currency = body["currency"]

    class GrantForm(Part):
        use = SelectField(_l("Use"), choices=[])
        territory = SelectField(_l("Where"), choices=[])
        days = IntegerField(_l("Days"), [Optional(), Between(1, 3650)])
        for_ever = BooleanField(_l("For ever"))
        exclusive = BooleanField(_l("Exclusive"))
        price = MoneyField(_l("Price"), [Optional()], currency=currency)

        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **kwargs)
            self.use.choices = [("", gettext("None")), *((name, wording.use(name).capitalize()) for name in USES)]
            self.territory.choices = [("worldwide", gettext("Worldwide")), *places.countries().items()]

    class ProposalForm(Form):
        fee = MoneyField(_l("Fee"), [required if has_fee(body) else Optional()], currency=currency)
        deliverables = FieldList(FormField(PieceForm), label=_l("The work"), max_entries=MOST_ROWS)
        posting_from = DateField(_l("First day to post"), [Optional()])
        posting_until = DateField(_l("Last day to post"), [Optional()])
        rounds = IntegerField(_l("Rounds of changes"), [Optional(), Between(0, 10)])
        rights = FieldList(FormField(GrantForm), label=_l("Rights"), max_entries=MOST_ROWS)
        over = HiddenField()  # the latest proposal, as it was read
        brief = HiddenField()  # the brief's newer version, where the proposal is made over that one
        note = StringField(
            _l("A sentence with it"), [Optional(), Length(max=500)], description=_l("Goes out as a message.")
        )

    return ProposalForm


def has_fee(body: dict[str, Any]) -> bool:
    """Do these terms name a fee?"""
    return any(row["kind"] == "fee" for row in body.get("parts", []))


def fill(form_type: type[Form], body: dict[str, Any], **hidden: str) -> Form:
    """An unsent proposal form with the terms of a body, and a spare row in each list; `hidden` names what was read."""
    currency = body["currency"]
    fee = next((row["amount"] for row in body.get("parts", []) if row["kind"] == "fee"), None)
    grants = [
        {
            **row,
            "for_ever": row["days"] is None,
            "price": Money(int(row["price"]), currency) if row.get("price") else None,
        }
        for row in body.get("rights") or []
    ]
    return form_type(
        formdata=None,
        data={
            "fee": Money(int(fee), currency) if fee is not None else None,
            "deliverables": [*(body.get("deliverables") or []), *({} for _ in range(SPARE))],
            "posting_from": wording.as_day(body.get("posting_from")),
            "posting_until": wording.as_day(body.get("posting_until")),
            "rounds": body.get("rounds"),
            "rights": [*grants, *({} for _ in range(SPARE))],
            **hidden,
        },
    )


def read(form: Any, body: dict[str, Any]) -> Proposal:
    """The proposal a valid form holds, over the terms it starts from."""
    pieces = [
        {
            "platform": row.platform.data,
            "format": row.format.data,
            "count": row.count.data or 1,
            "due_days": row.due_days.data or int((body.get("clocks") or {}).get("draft") or 10),
        }
        for row in form.deliverables
        if row.platform.data
    ]
    grants = [
        {
            "use": row.use.data,
            "territory": row.territory.data,
            "days": None if row.for_ever.data else (row.days.data or 90),
            "exclusive": bool(row.exclusive.data),
            "price": row.price.data.minor if row.price.data else 0,
        }
        for row in form.rights
        if row.use.data
    ]
    return Proposal(
        fee=form.fee.data if has_fee(body) else None,
        deliverables=pieces,
        posting_from=form.posting_from.data.isoformat() if form.posting_from.data else None,
        posting_until=form.posting_until.data.isoformat() if form.posting_until.data else None,
        rounds=body.get("rounds") if form.rounds.data is None else form.rounds.data,
        rights=grants,
    )
