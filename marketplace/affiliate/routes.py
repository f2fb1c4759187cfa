"""The blueprint the view modules of affiliate hang their routes on."""

from flask import Blueprint

blueprint = Blueprint("affiliate", __name__)
