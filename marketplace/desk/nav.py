"""The entries of the main navigation, by whom the person acts for."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask_babel import lazy_gettext as _

from marketplace.accounts import policy
from marketplace.accounts import queries as accounts
from marketplace.authz import Actor, current_actor

# label, icon, endpoint, and where its section goes on: the entry is current on the endpoint's page and on any page
# below it or below one of these addresses.
CREATOR = (
    (_("Home"), "home", "desk.home", ("/notifications",)),
    (_("Find briefs"), "search", "briefs.browse", ("/brands",)),
    (_("Deals"), "briefcase", "collaborations.mine", ("/applications", "/messages", "/rights", "/payments/direct")),
    (_("Earnings"), "wallet", "payments.earnings", ("/payouts",)),
    (_("Links"), "link", "affiliate.links", ("/programs",)),
    (_("Statements"), "report-money", "affiliate.statements", ()),
    (_("Profile"), "user", "creators.edit", ()),
    (_("Settings"), "settings", "accounts.settings", ()),
)
BRAND = (
    (_("Home"), "home", "desk.home", ("/notifications", "/approvals")),
    (_("Briefs"), "file-text", "briefs.mine", ("/briefs", "/brands", "/@<handle>/work-with-me")),
    (_("Deals"), "briefcase", "collaborations.mine", ("/applications", "/messages", "/rights", "/payments/direct")),
    (
        _("Programs"),
        "percentage",
        "affiliate.programs",
        ("/brand/affiliates", "/brand/imports", "/brand/statements", "/statements", "/programs"),
    ),
    (_("Funding"), "wallet", "payments.brand_funding", ("/brand/funds",)),
    (_("Products"), "package", "brands.products", ()),
    (_("Profile"), "building-store", "brands.edit", ("/brand/domains",)),
    (_("Team"), "users", "accounts.team", ()),
    (_("Settings"), "settings", "accounts.settings", ()),
)
OPERATOR = (
    (_("Home"), "home", "desk.home", ("/notifications", "/staff")),
    (_("Brands"), "building-store", "admin.brands", ()),
    (_("Money"), "cash", "payments.staff_money", ("/staff/chargebacks", "/staff/refunds", "/staff/payouts", "/staff/creators", "/earnings", "/payments/direct", "/approvals")),
    (_("Ledger"), "scale", "payments.staff_ledger", ("/staff/stripe",)),
    (_("Jobs"), "refresh", "admin.jobs", ()),
    (_("Team"), "users", "accounts.staff_team", ()),
    (_("Settings"), "settings", "accounts.settings", ("/staff/legal",)),
)  # fmt: skip
BY_KIND = {"creator": CREATOR, "brand": BRAND, "operator": OPERATOR}


def entries(actor: Actor) -> list[dict[str, Any]]:
    """What the rail and the bottom bar show; at most one entry is current."""
    hidden = {"admin.brands"} if accounts.only_brand() else set()  # there is no other, and nobody to verify
    if not policy.leads(actor):
        hidden |= {"accounts.team", "accounts.staff_team"}  # pages of who heads the party; refused to the others
    shown = [row for row in BY_KIND.get(actor.party_kind or "", ()) if row[2] not in hidden]
    at = g.get("section") or (request.url_rule.rule if request.url_rule else request.path)
    lengths = [_reach(at, (url_for(endpoint), *more)) for _label, _icon, endpoint, more in shown]
    here = lengths.index(max(lengths)) if any(lengths) else None
    return [
        {"href": url_for(endpoint), "label": label, "icon": icon, "current": number == here}
        for number, (label, icon, endpoint, _more) in enumerate(shown)
    ]


def _reach(path: str, section: tuple[str, ...]) -> int:
    """How much of a path the section covers: the length of the longest address at or above it, 0 for none."""
    return max((len(at) for at in section if f"{path}/".startswith(f"{at}/")), default=0)


def context() -> dict[str, Any]:
    """For every template: the navigation of a signed-in person."""
    actor = current_actor()
    return {"nav": entries(actor)} if request and actor.signed_in else {}
