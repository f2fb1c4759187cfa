"""Forms of signing up, signing in and one's own settings."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from wtforms import EmailField, Field, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import Email, Length, ValidationError

from marketplace.accounts import passwords, places
from marketplace.accounts.members import roles_of
from marketplace.accounts.models import PartyKind
from marketplace.forms import Form, required

ADDRESS = Email(_("Write a whole address such as name@example.com."))


def strong(form: Any, field: Field) -> None:
    """Validator: long enough, and not one of the words everybody tries (NIST SP 800-63B, 3.1.1.2)."""
    if len(field.data or "") < passwords.SHORTEST:
        raise ValidationError(_("Use at least %(n)s characters. A few words are fine.", n=passwords.SHORTEST))
    if passwords.common(field.data):
        raise ValidationError(_("Everybody tries this one first. Please think of another."))


def new_password(label: Any) -> PasswordField:
    """A field for a password that is chosen now."""
    hint = _("At least %(n)s characters. A few words are fine.", n=passwords.SHORTEST)
    return PasswordField(
        label,
        [required, Length(max=passwords.LONGEST), strong],
        description=hint,
        render_kw={"autocomplete": "new-password"},
    )


class CountryField(SelectField):
    """One of the world's countries, named in the reader's language."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, choices=self._named, **options)

    @staticmethod
    def _named() -> list[tuple[str, str]]:
        return [("", _("Choose")), *places.countries(str(get_locale() or "en")).items()]


class ZoneField(HiddenField):
    """The browser's own time zone, written in by a script; empty without one, or when it is no zone we know."""

    def __init__(self, **options: Any) -> None:
        super().__init__("", render_kw={"data-zone": True}, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Nothing about it is ever refused: nobody sees this field."""
        self.data = next((value for value in valuelist if value in places.zones()), "")


class SignIn(Form):
    """Address and password."""

    email = EmailField(_("E-mail"), [required], render_kw={"autocomplete": "username"})
    password = PasswordField(_("Password"), [required], render_kw={"autocomplete": "current-password"})


class SignUp(Form):
    """A new creator. Brands add their name."""

    name = StringField(_("Your name"), [required, Length(max=120)], render_kw={"autocomplete": "name"})
    email = EmailField(_("E-mail"), [required, ADDRESS], render_kw={"autocomplete": "username"})
    password = new_password(_("Password"))
    country = CountryField(_("Country"), [required], render_kw={"autocomplete": "country"})
    zone = ZoneField()


class SignUpBrand(SignUp):
    """A new brand with its first person."""

    party_name = StringField(_("Brand"), [required, Length(max=120)], render_kw={"autocomplete": "organization"})


class Code(Form):
    """The six digits."""

    code = StringField(
        _("Code"),
        [required, Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class Reset(Form):
    """Where to send the code."""

    email = EmailField(_("E-mail"), [required, ADDRESS], render_kw={"autocomplete": "username"})


class NewPassword(Code):
    """The code and a new password."""

    password = new_password(_("New password"))


ROLE_WORDS = {
    "owner": _("Owner: everything, the team too"),
    "manager": _("Manager: briefs and deals"),
    "reviewer": _("Reviewer: drafts and content"),
    "finance": _("Finance: funding and statements"),
    "viewer": _("Viewer: reads, changes nothing"),
    "admin": _("Administrator: everything, the team too"),
    "support": _("Support: people, reports and disputes"),
}
ROLE_NAMES = {
    "owner": _("Owner"),
    "manager": _("Manager"),
    "reviewer": _("Reviewer"),
    "finance": _("Finance"),
    "viewer": _("Viewer"),
    "admin": _("Administrator"),
    "support": _("Support"),
}
STAFF_WORDS = {"finance": _("Finance: payouts and reconciliation")}


def role_choices(kind: str) -> list[tuple[str, Any]]:
    """The roles of a party of this kind, each with what it may do; its head, who may do all, comes last."""
    words = ROLE_WORDS | (STAFF_WORDS if kind == PartyKind.OPERATOR else {})
    head, *others = roles_of(kind)
    return [(role, words[role]) for role in [*others, head]]


class Invite(Form):
    """Whom to ask, and for which role; the choices depend on the party."""

    email = EmailField(_("E-mail"), [required, ADDRESS], render_kw={"autocomplete": "off"})
    role = SelectField(_("Role"), [required], choices=[])


class JoinNew(Form):
    """The invited person's own account."""

    name = StringField(_("Your name"), [required, Length(max=120)], render_kw={"autocomplete": "name"})
    password = new_password(_("Password"))
    zone = ZoneField()


class PublishLegalText(Form):
    """The whole text of a new version."""

    text = TextAreaField(_("Text"), [required, Length(max=200_000)], render_kw={"rows": 16, "spellcheck": "true"})


class Profile(Form):
    """How the portal speaks to a person."""

    name = StringField(_("Your name"), [required, Length(max=120)], render_kw={"autocomplete": "name"})
    language = SelectField(_("Language"), [required], choices=[("en", "English")])
    zone = SelectField(_("Time zone"), [required], choices=lambda: [("UTC", "UTC"), *((z, z.replace("_", " ")) for z in places.zones())])


class ChangePassword(Form):
    """The present password and the next."""

    current = PasswordField(_("Present password"), [required], render_kw={"autocomplete": "current-password"})
    password = new_password(_("New password"))


class Prove(Form):
    """That it is still you, before something that leads money elsewhere."""

    password = PasswordField(_("Present password"), [required], render_kw={"autocomplete": "current-password"})


class ChangeEmail(Form):
    """The new address, and proof that it is you."""

    email = EmailField(_("New e-mail"), [required, ADDRESS], render_kw={"autocomplete": "email"})
    password = PasswordField(_("Present password"), [required], render_kw={"autocomplete": "current-password"})
