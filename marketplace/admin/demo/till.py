"""Paying and being paid in the demo: the hosted pages of devstripe, filled in as a person would.

Only devstripe's pages can be filled in by a program. With a key of a real Stripe sandbox the demo
stops before the first payment and leaves the rest to whoever looks around.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from flask import current_app, url_for

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.payments.models import Funding
from marketplace.payments.money_in import card_payments, cards, funding
from marketplace.payments.money_out import payout_accounts
from marketplace.payments.tax import tax_forms
from marketplace.payments.tax.tax_rules import Filled

CARD = {
    "number": "4242424242424242",
    "expiry": "12 / 34",
    "cvc": "123",
    "name": "June Harrow",
    "email": "june@demo.example",
}
BANK = {"country": "US", "account_number": "000123456789", "outcome": "active", "terms": "yes"}
# Street, city, state, ZIP code and tax number of each: areas above 772 were given to nobody born before 2011 (SSA).
HOMES = {
    "Maya Lindqvist": ("14 Tern Street", "Portland", "ME", "04101", "781-24-3906"),
    "Theo Okafor": ("2208 North Larch Avenue", "Chicago", "IL", "60614", "792-61-4817"),
    "Ana Beltrán": ("31 Camino Pinto", "Santa Fe", "NM", "87501", "803-35-2274"),
    "Wren Castellanos": ("905 Juniper Street", "Austin", "TX", "78704", "814-72-6153"),
    "Idris Vale": ("417 Alder Street", "Oakland", "CA", "94609", "825-16-9048"),
    "Pia Rosander": ("3320 Lake Road", "Minneapolis", "MN", "55407", "836-53-7731"),
}
BORN = {"birth_date": date(1995, 5, 4), "typed_number": "83 095 742 719"}


def can_pay() -> bool:
    """Is this devstripe?"""
    return current_app.config["SETTINGS"].stripe_api_base is not None


def stand_at(moment: datetime) -> None:
    """Stop devstripe's clock at this moment, so that what it does for the replay is dated then."""
    if can_pay():
        _set_clock(freeze=int(moment.timestamp()))


def go_on() -> None:
    """Let devstripe's clock run again from the present; what fell due since happens, each at its own time."""
    if can_pay():
        _set_clock(freeze=int(clock.now().timestamp()), run=True)


def pay(payment: Funding) -> None:
    """Pay at the hosted page with the test card that always works, then see what came."""
    _submit(funding.checkout_url(payment), CARD)
    funding.refresh(payment)
    db.session.commit()


def save_card(by: Actor) -> None:
    """Leave the test card that always works on the hosted page."""
    setup = cards.begin(by.own_party_id, url_for("payments.brand_funding"), by=by)
    _submit(cards.page_url(setup), CARD)
    cards.refresh(setup)
    db.session.commit()


def charge(payment: Funding) -> None:
    """Pay with the card on file."""
    card_payments.charge(payment)
    db.session.commit()


def onboard(by: Actor) -> None:
    """Fill in the payout forms, then sign the tax form."""
    done = url_for("payments.earnings", _external=True)
    name, _, surname = by.user_name.partition(" ")
    _submit(
        payout_accounts.onboarding_url(by.own_party_id, done, done), BANK | {"given_name": name, "surname": surname}
    )
    account = payout_accounts.of(by.own_party_id)
    if account is not None:
        payout_accounts.refresh(account)
    sign_tax_form(by)
    db.session.commit()


def sign_tax_form(by: Actor) -> None:
    """The form that this country asks of her, with a number that belongs to nobody we know."""
    party = db.lock(db.session.get_one(Party, by.own_party_id))
    kind = next(iter(tax_forms.asked(party.id)), None)
    if kind is None or tax_forms.problem(party.id) is None:
        return
    street, city, state, zip_code, number = HOMES[by.user_name]
    home: dict[str, Any] = {
        "legal_name": party.name,
        "street": street,
        "city": city,
        "region": state,
        "postal_code": zip_code,
        "country": party.country,
    }
    said: dict[str, dict[str, Any]] = {
        "w9": {
            "classification": "individual",
            "number_kind": "ssn",
            "typed_number": number,
        },
        "w8ben": {"citizenship": party.country, "works_in_us": False} | BORN,
        "platform": BORN,
    }
    origin = tax_forms.Origin(by.user_name, consent=True, address="203.0.113.7", user_agent="The demo")
    tax_forms.sign(party, Filled(kind=kind, **home, **said[kind]), origin, once="demo", by=by)


def _set_clock(**wanted: Any) -> None:
    address = f"{current_app.config['SETTINGS'].stripe_api_base}/_control/clock"
    headers = {"Content-Type": "application/json"}
    with build_opener().open(Request(address, json.dumps(wanted).encode(), headers), timeout=60):  # noqa: S310 - likewise
        pass


class _Stay(HTTPRedirectHandler):
    """The redirect back to the portal is the page's answer, not a page to read."""

    def redirect_request(self, *_arguments: object) -> None:
        """Follow nothing."""


def _submit(address: str, fields: dict[str, str]) -> None:
    request = Request(address, urlencode(fields).encode(), method="POST")  # noqa: S310 - devstripe's own address
    try:
        with build_opener(_Stay).open(request, timeout=30):
            pass
    except HTTPError as answer:
        if answer.code not in (302, 303):
            raise
