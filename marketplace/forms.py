"""Forms: validation beside the field, nothing typed is lost, control characters never get in."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import wtforms
from flask_babel import format_decimal, gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange, StopValidation, ValidationError
from wtforms.widgets import TextInput

from marketplace import db
from marketplace.csrf import Masked
from marketplace.errors import Refused
from marketplace.money import Money

SHORT, LONG = 200, 10_000  # characters

STALE = _("This page had been open for too long. Send it once more.")
# What the library would say, and what we say instead. A house test reads its source, so that none is missing.
SENTENCES = {
    "Not a valid integer value.": _("Write a whole number in digits, such as 12."),
    "Not a valid decimal value.": _("Write a number in digits, such as 12.5."),
    "Not a valid float value.": _("Write a number in digits, such as 12.5."),
    "Not a valid date value.": _("Give a whole date: day, month and year."),
    "Not a valid datetime value.": _("Give a whole date with its time."),
    "Not a valid time value.": _("Give a time such as 14:30."),
    "Not a valid week value.": _("Give a week of a year."),
    "Not a valid choice.": _("Choose one of these."),
    "Invalid Choice: could not coerce.": _("Choose one of these."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _("Choose from these."),
    "This field is required.": _("Please fill this in."),
    "Invalid input.": _("This cannot be read. Look at it again."),
    "Invalid email address.": _("Write a whole address such as name@example.com."),
    "Invalid IP address.": _("Write an IP address such as 203.0.113.7."),
    "Invalid Mac address.": _("Write a hardware address such as 00:00:5e:00:53:01."),
    "Invalid URL.": _("Write a whole web address, such as https://…"),
    "Invalid UUID.": _("This is no such identifier."),
    "Invalid value, must be one of: %(values)s.": _("Choose one of these: %(values)s."),
    "Invalid value, can't be any of: %(values)s.": _("Choose something other than these: %(values)s."),
    "Field must be equal to %(other_name)s.": _("This differs from %(other_name)s. Write the same twice."),
    "Number must be at least %(min)s.": _("Give a number of %(min)s or more."),
    "Number must be at most %(max)s.": _("Give a number of %(max)s or less."),
    "Number must be between %(min)s and %(max)s.": _("Give a number from %(min)s to %(max)s."),
    "Date must be at least %(min)s.": _("Give a day on or after %(min)s."),
    "Date must be at most %(max)s.": _("Give a day on or before %(max)s."),
    "Date must be between %(min)s and %(max)s.": _("Give a day from %(min)s to %(max)s."),
    "Field must be between %(min)d and %(max)d characters long.": _("Write from %(min)d to %(max)d characters."),
    "This field cannot be edited.": _("This cannot be changed here."),
    "This field is disabled and cannot have a value.": _("This cannot be changed here."),
    "File does not have an approved extension: {extensions}": _("Choose a file of one of these kinds: {extensions}"),
    "File does not have an approved extension.": _("This kind of file cannot be used. Choose another."),
    "Invalid CSRF Token.": STALE,
    "CSRF token missing.": STALE,
    "CSRF failed.": STALE,
    "CSRF token expired.": STALE,
}
COUNTED: dict[str, Callable[[int], str]] = {
    "Field must be at least %(min)d character long.": lambda n: ngettext(
        "Write at least %(num)d character.", "Write at least %(num)d characters.", n
    ),
    "Field cannot be longer than %(max)d character.": lambda n: ngettext(
        "Write at most %(num)d character.", "Write at most %(num)d characters.", n
    ),
    "Field must be exactly %(max)d character long.": lambda n: ngettext(
        "Write exactly %(num)d character.", "Write exactly %(num)d characters.", n
    ),
    "'%(value)s' is not a valid choice for this field.": lambda n: gettext("Choose from these."),
}


class Ours:
    """Stands where WTForms looks for translations, and says our sentence instead of the library's."""

    def gettext(self, words: str) -> str:
        """Our sentence for one of the library's; what a caller wrote itself stays."""
        return str(SENTENCES.get(words, words))

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The same for a number of things."""
        ours = COUNTED.get(one)
        return ours(n) if ours else one if n == 1 else many


class Part(wtforms.Form):
    """A part of a form that is repeated in it: without a token of its own."""

    class Meta(wtforms.Form.Meta):
        """The same sentences as the whole form's."""

        def get_translations(self, form: Any) -> Ours:
            """No sentence of the library reaches a reader."""
            return Ours()


class Form(FlaskForm):
    """A form whose text is cleaned, bounded and kept when it is refused."""

    class Meta(FlaskForm.Meta):
        """Strip text on the way in; long sessions keep their token, which looks different in each answer."""

        csrf_time_limit = None
        csrf_class = Masked

        def get_translations(self, form: Any) -> Ours:
            """No sentence of the library reaches a reader."""
            return Ours()

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
        raise StopValidation(_("Please fill this in."))  # what else is asked of it can wait


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
