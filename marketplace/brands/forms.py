"""Forms of a brand's own page, its products and domains."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import URL, Length, Optional

from marketplace.accounts.fields import SettlementField
from marketplace.forms import Form, required

WHOLE = _("Write a whole web address, such as https://…")


class ProfileForm(Form):
    """The brand's public words."""

    site = StringField(_("Website"), [Optional(), URL(message=WHOLE), Length(max=300)], render_kw={"inputmode": "url"})
    category = StringField(_("What you make"), [Optional(), Length(max=80)], description=_("Such as: tea"))
    story = TextAreaField(_("Your story"), [Optional(), Length(max=3000)], render_kw={"rows": 6})
    values = TextAreaField(_("What you stand for"), [Optional(), Length(max=1200)], render_kw={"rows": 3})
    logo = FileField(_("Logo"), description=_("JPEG, PNG or WebP"))


class NameForm(Form):
    """The name everybody reads."""

    name = StringField(_("Name"), [required, Length(max=120)], render_kw={"autocomplete": "organization"})


class ProductForm(Form):
    """Something the brand sells and may give."""

    name = StringField(_("Name"), [required, Length(max=120)])
    value = SettlementField(_("Value"), [required], charged=False, description=_("What a customer pays for it"))
    url = StringField(
        _("Page of the product"), [Optional(), URL(message=WHOLE), Length(max=500)], render_kw={"inputmode": "url"}
    )
    description = TextAreaField(_("Description"), [Optional(), Length(max=2000)], render_kw={"rows": 3})
    variants = TextAreaField(
        _("Variants"), [Optional(), Length(max=1000)], description=_("One a line, such as sizes or colours"),
        render_kw={"rows": 3},
    )  # fmt: skip


class DomainForm(Form):
    """A domain to prove."""

    domain = StringField(
        _("Domain"), [required, Length(max=253)], description=_("Such as example.com"),
        render_kw={"autocapitalize": "none", "spellcheck": "false", "inputmode": "url"},
    )  # fmt: skip
