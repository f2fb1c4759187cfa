"""Forms of signing and verifying."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import Length, Optional

from marketplace.forms import Form, required


class SignForm(Form):
    """A signature: typed name and consent. `scrolled_to_end` becomes 1 where scripts saw the end;
    `scripts` says that any ran."""

    typed_name = StringField(_l("Type your full name"), [required, Length(max=120)])
    consent = BooleanField(_l("I agree"))
    scrolled_to_end = HiddenField(default="")


class VerifyForm(Form):
    """A document to check: its file, or its SHA-256."""

    file = FileField(_l("The file"), [Optional()])
    digest = StringField(
        _l("Or its fingerprint"),
        [Optional(), Length(max=64)],
        description=_l("64 letters and digits, printed at the end of a contract (SHA-256)."),
    )
