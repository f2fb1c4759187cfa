"""The question to the register."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField

from marketplace.accounts import places
from marketplace.briefs.parts import USES
from marketplace.collaborations import wording
from marketplace.content.models import Deliverable
from marketplace.forms import Form, required
from marketplace.rules import vocabulary


class QuestionForm(Form):
    """May I use this, here, in this way, on this day? Asked by GET, so it has no token."""

    class Meta(Form.Meta):
        """A question changes nothing."""

        csrf = False

    piece = SelectField(_l("This"), choices=[], coerce=int)
    use = SelectField(_l("In this way"), choices=[])
    territory = SelectField(_l("Here"), choices=[])
    day = DateField(_l("On this day"), [required])

    def offer(self, pieces: list[Deliverable]) -> QuestionForm:
        """The choices of one deal."""
        self.piece.choices = [
            (row.number, f"{row.number}: {vocabulary.piece_name(row.platform, row.format)}") for row in pieces
        ]
        self.use.choices = [(name, wording.use(name).capitalize()) for name in USES]
        self.territory.choices = [("worldwide", gettext("Worldwide")), *places.countries().items()]
        return self
