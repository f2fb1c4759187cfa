"""Forms of signing up, signing in and one's own settings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import EmailField, PasswordField

from marketplace.forms import Form, required


class SignIn(Form):
    """Address and password."""

    email = EmailField(_("E-mail"), [required], render_kw={"autocomplete": "username"})
    password = PasswordField(_("Password"), [required], render_kw={"autocomplete": "current-password"})
