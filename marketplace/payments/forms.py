"""Forms about payments made outside."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from marketplace import clock
from marketplace.accounts.fields import options
from marketplace.forms import Form, MoneyField, required
from marketplace.money import Money
from marketplace.payments import words
from marketplace.payments.paid_directly.direct import Outside


class WayForm(Form):
    """Which day, which way, under which reference."""

    paid_on = DateField(_("Paid on"), [required])
    method = SelectField(_("How"), choices=options(words.METHODS))
    reference = StringField(
        _("Reference"),
        [required, Length(max=120)],
        description=_("What the creator finds on the account, such as the text of the transfer."),
    )

    def outside(self, amount: Money) -> Outside:
        """What was typed, for an amount that stands."""
        return Outside(amount, self.paid_on.data, self.method.data, self.reference.data)


def payment_form(rest: Money, zone: str) -> Any:
    """The form of a payment made outside, beginning with what is open and today."""

    class PaymentForm(WayForm):
        amount = MoneyField(_("Amount"), [required], currency=rest.currency, least=1, charged=False)

    return PaymentForm(data={"amount": rest or None, "paid_on": clock.today(zone)})


class MissingForm(Form):
    """A payment has not arrived."""

    note = TextAreaField(
        _("What you looked at"),
        [Length(max=500)],
        description=_("Such as: my account until today, nothing under this reference. The brand reads it."),
    )
