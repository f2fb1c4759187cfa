"""Proving again who one is: the password once more, before anything that could lead money or the account elsewhere."""

from __future__ import annotations

from flask_babel import gettext

from marketplace.accounts import passwords, throttle
from marketplace.accounts.models import User
from marketplace.errors import Refused


def prove(user: User, password: str, *, what: str) -> None:
    """The person at this browser knows the password. Raises Refused: 422 when not, 429 after too many tries at `what`."""
    throttle.count(what, str(user.id))
    if not passwords.fits(user, password):
        raise Refused(gettext("This is not your present password."), 422, "password")
