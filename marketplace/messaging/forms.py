"""The one form of messaging."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from marketplace.forms import Form, OnceField, required


class MessageForm(Form):
    """A message; `next` is the page to come back to."""

    body = TextAreaField(_l("Message"), [required, Length(max=4000)])
    next = HiddenField()
    once = OnceField()
