"""What the portal charges, as the fees page says it."""

from __future__ import annotations

from flask_babel import get_locale, gettext

from marketplace.accounts import queries as accounts
from marketplace.money import percentage


def rows() -> list[dict[str, str]]:
    """One row a fee; empty on a portal that takes none. The rate is the instance's, in basis points."""
    settings = accounts.instance()
    if settings is None or settings.platform_fee_bps == 0:
        return []
    rate = percentage(settings.platform_fee_bps, str(get_locale() or "en"))
    paid_out = gettext("Taken from each payment when it is released, never before.")
    return [
        {"what": gettext("A deal"), "who": gettext("The creator"), "amount": rate, "note": paid_out},
        {
            "what": gettext("A commission"),
            "who": gettext("Nobody"),
            "amount": gettext("Nothing"),
            "note": gettext("An affiliate is paid the whole of it."),
        },
        {
            "what": gettext("Card charges when a brand pays in"),
            "who": gettext("The portal"),
            "amount": gettext("Nothing on top"),
            "note": gettext("The portal bears the card firm’s charge."),
        },
    ]
