"""The form of one's notification settings."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, Field, SelectField
from wtforms.validators import Optional, ValidationError

from marketplace import clock
from marketplace.forms import Form, required

LONGEST_AWAY = timedelta(days=366)


class Settings(Form):
    """When the digest comes, and until when nothing reminds."""

    digest = BooleanField(_("Send me one mail a day with everything that is new"))
    digest_hour = SelectField(_("At"), [required], coerce=int, choices=[(hour, f"{hour:02d}:00") for hour in range(24)])
    away_until = DateField(
        _("No reminders until"),
        [Optional()],
        description=_("Your clocks run on. Until then only money and signatures reach you by mail."),
    )

    def validate_away_until(self, field: Field) -> None:
        """A day to come, within a year."""
        today = clock.now().date()
        if field.data is not None and not today <= field.data <= today + LONGEST_AWAY:
            raise ValidationError(_("Choose a day within the next year."))
