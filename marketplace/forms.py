"""Forms: validation beside the field, nothing typed is lost, control characters never get in."""

from __future__ import annotations

import unicodedata
from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, StopValidation, ValidationError
from wtforms.widgets import TextInput

from marketplace import db
from marketplace.csrf import Masked
from marketplace.errors import Refused
from marketplace.money import Money

SHORT, LONG = 200, 10_000  # characters


class Form(FlaskForm):
    """A form whose text is cleaned, bounded and kept when it is refused."""

    class Meta(FlaskForm.Meta):
        """Strip text on the way in; long sessions keep their token, which looks different in each answer."""

        csrf_time_limit = None
        csrf_class = Masked

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Every text field strips its edges."""
            if issubclass(unbound_field.field_class, StringField):
                options.setdefault("filters", []).append(_strip)
            return unbound_field.bind(form=form, **options)

    def validate(self, extra_validators: Any = None) -> bool:
        """Fields' own rules, then: no control characters, no endless text."""
        fine = super().validate(extra_validators)
        for field in self:
            if isinstance(field, StringField) and isinstance(field.data, str):
                fine = _plain_text(field) and fine
        return fine

    def refuse(self, refusal: Refused) -> None:
        """Put a verb's refusal beside its field, or above the form."""
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.sentence)
        else:
            field.errors = [*field.errors, refusal.sentence]


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _plain_text(field: StringField) -> bool:
    limit = LONG if isinstance(field, TextAreaField) else SHORT
    for validator in field.validators:
        limit = getattr(validator, "max", None) or limit
    if len(field.data) > limit:
        sentence = gettext("This is %(n)s characters too long.", n=len(field.data) - limit)
        field.errors = [*field.errors, sentence]
        return False
    allowed = {"\n", "\r", "\t"} if isinstance(field, TextAreaField) else set()
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in allowed for c in field.data):
        field.errors = [*field.errors, gettext("Remove the invisible control characters.")]
        return False
    return True


class MoneyField(Field):
    """An amount in the form's currency, typed as a decimal; `data` is a `Money` or None.

    `currency` is set per form instance (`form.fee.currency = …`) or by the constructor;
    `least` is the smallest amount allowed, in minor units. `charged`: Stripe will be asked for it, so that with three
    decimals its last digit is a zero; a value or a filter may be anything.
    """

    widget = TextInput()

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        currency: str = "USD",
        least: int = 0,
        charged: bool = True,
        **options: Any,
    ):
        super().__init__(label, validators, **options)
        self.currency = currency
        self.least = least
        self.charged = charged
        self.raw_text = ""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.plain() if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse on submit; the sentence of a bad amount stands beside the field."""
        if not valuelist:
            return
        text = valuelist[0].strip()
        self.data = None
        if not text:
            return
        money = Money.parse(text[:40], self.currency)
        if money.minor < self.least:
            least = Money(self.least, self.currency).format()
            raise ValueError(gettext("The least possible is %(least)s.", least=least))
        if self.charged and not money.payable:
            raise ValueError(last_digit(self.currency))
        self.data = money


class OnceField(HiddenField):
    """Another word for each page shown: a form that is sent twice carries the same one, so that its verb can tell a
    double tap (`db.id_from`). A form without it counts as a new one.
    """

    def __init__(self, label: Any = "", **options: Any):
        super().__init__(label, [Length(max=64)], default=lambda: db.short(db.new_id()), **options)


def last_digit(currency: str) -> str:
    """What to say of an amount that Stripe would refuse (`Money.payable`)."""
    return gettext("Stripe takes %(currency)s with a zero as the last digit. Round it.", currency=currency)


def required(form: Any, field: Any) -> None:
    """Validator: something must be given (unlike WTForms' own, zero counts as something). One sentence is enough."""
    typed = any(value != "" for value in field.raw_data or ())
    if field.process_errors and typed:
        raise StopValidation  # what was given cannot be read; that sentence stands beside the field
    if field.data is None or field.data == "" or field.data == []:
        field.errors = []
        raise StopValidation(lazy_gettext("Please fill this in."))  # what else is asked of it can wait


class Between(NumberRange):
    """Validator: a number within bounds, refused in a sentence of ours with the bounds as people write them."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)

    def __call__(self, form: Any, field: Any) -> None:
        """Raises ValidationError outside the bounds."""
        try:
            super().__call__(form, field)
        except ValidationError:
            least, most = format_decimal(self.min), format_decimal(self.max)
            raise ValidationError(
                gettext("Give a number from %(least)s to %(most)s.", least=least, most=most)
            ) from None
