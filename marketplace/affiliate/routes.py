"""The blueprint the view modules of affiliate hang their routes on."""

from typing import Any

from flask import Blueprint

from marketplace.affiliate import wording
from marketplace.money import Money

blueprint = Blueprint("affiliate", __name__)


@blueprint.context_processor
def _words() -> dict[str, Any]:
    """For these pages: the words of states and reasons, and amounts from minor units."""
    return {"words": wording, "Money": Money}
