"""The blueprint that the modules of views share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
HOME = "/home"  # the desk, a package above this one
