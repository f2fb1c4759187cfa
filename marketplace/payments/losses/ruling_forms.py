"""Forms of staff who rule on money."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from marketplace.forms import Form, MoneyField, required
from marketplace.payments.losses.chargebacks import LONGEST


def take_back_form(currency: str) -> type[Form]:
    """The form that takes released money back, in the payout's currency."""

    class TakeBack(Form):
        amount = MoneyField(_l("Amount, the platform’s fee included"), [required], currency=currency, least=1)
        reason = TextAreaField(_l("Why"), [required, Length(max=500)], description=_l("Both sides read this."))
        once = HiddenField(validators=[required, Length(max=64)])

    return TakeBack


class AnswerBank(Form):
    """What the bank reads."""

    text = TextAreaField(
        _l("What the bank reads"),
        [required, Length(max=LONGEST)],
        description=_l(
            "It goes out once and cannot be changed afterwards. Facts and dates decide; no names of third people."
        ),
    )
