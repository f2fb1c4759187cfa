"""Forms of drafts, reviews and publications."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, MultipleFileField
from wtforms import FieldList, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from marketplace import db
from marketplace.accounts.fields import Ticks, options
from marketplace.content import items
from marketplace.content.models import Submission
from marketplace.content.service import Ask
from marketplace.forms import Form, Part, required

ROWS = 3  # changes that can be asked for at once; more go into the next sentence of a row
OUTSIDE = "outside"


class DraftForm(Form):
    """A draft: caption, files to keep of the last one, new pictures or videos, a link, a word to the brand."""

    caption = TextAreaField(
        _l("Caption, as it will be posted"),
        [required, Length(max=5000)],
        description=_l("Begin with the label that says it is advertising; hashtags included."),
    )
    keep = Ticks(
        _l("Your files of the last draft"),
        choices=[],
        coerce=db.long,
        validate_choice=False,
        description=_l("What is ticked goes into this draft as it is. Untick what should go."),
    )
    media = MultipleFileField(
        _l("Pictures and videos"),
        [Optional()],
        description=_l("JPEG, PNG or WebP up to 15 MB, MP4 or WebM up to 200 MB."),
    )
    link = StringField(_l("Or a link to the draft"), [Optional(), Length(max=500)])
    note = StringField(_l("A word to the brand"), [Optional(), Length(max=500)])

    def offer(self, last: Submission | None) -> DraftForm:
        """Give it the files of the last draft to keep; the verb checks what comes back."""
        held = [item.file for item in last.media] if last else []
        self.keep.choices = options({db.short(file.id): gettext("Keep %(name)s", name=file.name) for file in held})
        return self


class AskForm(Part):
    """One change and the item of the brief it belongs to; a row without words is none.

    The verb checks the item, since a row that says nothing need not have one.
    """

    item = SelectField(_l("Belongs to"), choices=[], validate_choice=False)
    words = StringField(_l("What should change"), [Optional(), Length(max=500)])
    spot = StringField(_l("Where"), [Optional(), Length(max=80)])


class ChangesForm(Form):
    """A request for changes."""

    asks = FieldList(FormField(AskForm), label=_l("Changes"), min_entries=ROWS, max_entries=20)

    def offer(self, body: dict[str, Any]) -> ChangesForm:
        """Give every row the items of the brief to choose from."""
        for row in self.asks:
            row.item.choices = [*items.of(body), (OUTSIDE, gettext("Outside the brief"))]
        self.asks[0].words.flags.optional = False  # one change there must be
        return self

    def read(self) -> list[Ask]:
        """The rows that say something."""
        return [
            Ask(None if row.item.data == OUTSIDE else row.item.data, row.words.data.strip(), row.spot.data or "")
            for row in self.asks
            if (row.words.data or "").strip()
        ]


class NotThePostForm(Form):
    """Why the link does not show the post."""

    why = TextAreaField(
        _l("What is wrong with it?"),
        [required, Length(max=500)],
        description=_l("A sentence to the creator: what the link shows, or what is missing."),
    )


class PublishForm(Form):
    """Where the post is live, and the picture that proves it."""

    link = StringField(_l("Link to the post"), [required, Length(max=500)])
    proof = FileField(_l("A screenshot of the post"), description=_l("JPEG, PNG or WebP. It is kept as proof."))
