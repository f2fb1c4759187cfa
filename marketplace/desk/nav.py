"""The entries of the main navigation, by whom the person acts for."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _

from marketplace.accounts import queries as accounts
from marketplace.authz import Actor, current_actor

# label, icon, endpoint; the entry is current on any page of the endpoint's own section.
CREATOR = (
    (_("Home"), "home", "desk.home"),
    (_("Find briefs"), "search", "briefs.browse"),
    (_("Deals"), "briefcase", "collaborations.mine"),
    (_("Earnings"), "wallet", "payments.earnings"),
    (_("Links"), "link", "affiliate.links"),
    (_("Statements"), "report-money", "affiliate.statements"),
    (_("Profile"), "user", "creators.edit"),
    (_("Settings"), "settings", "accounts.settings"),
)
BRAND = (
    (_("Home"), "home", "desk.home"),
    (_("Briefs"), "file-text", "briefs.mine"),
    (_("Deals"), "briefcase", "collaborations.mine"),
    (_("Programs"), "percentage", "affiliate.programs"),
    (_("Funding"), "wallet", "payments.brand_funding"),
    (_("Products"), "package", "brands.products"),
    (_("Profile"), "building-store", "brands.edit"),
    (_("Team"), "users", "accounts.team"),
    (_("Settings"), "settings", "accounts.settings"),
)
OPERATOR = (
    (_("Home"), "home", "desk.home"),
    (_("Brands"), "building-store", "admin.brands"),
    (_("Money"), "cash", "payments.staff_money"),
    (_("Ledger"), "scale", "payments.staff_ledger"),
    (_("Jobs"), "refresh", "admin.jobs"),
    (_("Settings"), "settings", "accounts.settings"),
)
BY_KIND = {"creator": CREATOR, "brand": BRAND, "operator": OPERATOR}


def entries(actor: Actor) -> list[dict[str, Any]]:
    """What the rail and the bottom bar show."""
    here = request.endpoint or ""
    hidden = {"admin.brands"} if accounts.only_brand() else set()  # there is no other, and nobody to verify
    return [
        {"href": url_for(endpoint), "label": label, "icon": icon, "current": here == endpoint}
        for label, icon, endpoint in BY_KIND.get(actor.party_kind or "", ())
        if endpoint not in hidden
    ]


def context() -> dict[str, Any]:
    """For every template: the navigation of a signed-in person."""
    actor = current_actor()
    return {"nav": entries(actor)} if request and actor.signed_in else {}
