"""What more than one journey does: set the portal up, sign up, make a profile, pay, get ready to be paid."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.browsers import ROOT, LiveServer
from tests.factories import PASSWORD
from tests.journeys.walker import Walker

CARD = "4242 4242 4242 4242"
SIX = re.compile(r"\b(\d{6})\b")


def set_up(admin: Walker) -> None:
    """The first administrator opens an open marketplace."""
    admin.go("/").sees("Set this portal up")
    admin.tick("An open marketplace")
    admin.fill(
        {
            "Who runs it": "Goodword Operator",
            "Country": "United States",
            "Settlement currency": "USD, US Dollar",
            "Platform fee in per cent": "10",
            "Your name": "Ada Admin",
            "Your e-mail": "ada@example.com",
            "Your password": PASSWORD,
        }
    )
    admin.press("Open the portal")
    assert admin.screen == "/home"


def code_for(person: Walker, email: str) -> str:
    """The six digits in the newest mail to an address, read in a second tab."""
    mail = person.second_tab().go("/dev/mailbox").waits_for(email)
    mail.page.get_by_role("row").filter(has_text=email).get_by_role("link").first.click()
    text = mail.page.locator("main").inner_text()
    mail.page.close()
    found = SIX.search(text)
    assert found, text
    return found[1]


def sign_up(person: Walker, name: str, email: str, *, brand: str | None = None) -> None:
    """From the form of a new account to being signed in, in the same tab."""
    person.fill({"Brand": brand} if brand else {})
    person.fill({"Your name": name, "E-mail": email, "Password": PASSWORD, "Country": "United States"})
    person.press("Send me the code").sees("Look into your mail")
    person.fill({"Code": code_for(person, email)}).press("Open my account")


def brand_signs_up(person: Walker, party: str = "Bramble Tea") -> None:
    """A brand comes by the first page and says who it is."""
    person.go("/").follow("Sign up").follow("Sign up as a brand")
    sign_up(person, "Bram Brand", "bram@example.com", brand=party)
    assert person.screen == "/home"
    person.menu("Profile")
    person.fill({"What you make": "tea", "Your story": "Two sisters, one hill in Sri Lanka, tea since 1987."})
    person.press("Save")


def vouch(admin: Walker, party: str = "Bramble Tea") -> None:
    """The administrator looks at the new brand and vouches for it."""
    admin.menu("Brands").follow(party).sees("Two sisters, one hill in Sri Lanka")
    admin.press("Verify this brand").sees(f"{party} may publish and write to creators now.")


def complete_profile(creator: Walker, picture: Path) -> None:
    """Everything the portal asks a creator for before she can apply; each step leads back to her application."""
    creator.follow("Choose a handle")
    creator.fill({"Handle": "cleo.eats", "City or region": "Portland", "About you": "Tea, toast and small kitchens."})
    creator.tick("Food", "English").press("Save and go on")
    creator.follow("Add an account with its followers")
    creator.fill({"Name there": "cleo.eats", "Followers": "12000", "Engagement in percent": "4.2"}).press("Save")
    creator.follow("Show one piece of work")
    creator.fill({"What it is": "A week of teas"}).upload("Or a picture", picture).press("Add it")


def get_ready_for_payouts(creator: Walker, name: str = "Cleo") -> None:
    """Fill in the hosted form of the payout account, and come back."""
    creator.sees("Set up payouts")
    creator.fill({"First name": name, "Last name": "Creator", "Bank account number": "000123456789"})
    creator.tick("I agree to the terms of service").press("Submit")
    sign_tax_form(creator, f"{name} Creator")


def sign_tax_form(creator: Walker, name: str) -> None:
    """The step after Stripe's forms, and back to where she came from."""
    creator.sees("Form W-9", "Under penalties of perjury")
    creator.fill(
        {
            "Your full legal name": name, "Street and number": "12 Harbour Lane", "City": "Portland",
            "State or province": "OR", "Postal code": "97201", "Tax number": "457-55-5462", "Type your full name": name,
        }
    )  # fmt: skip
    creator.tick("I have read this declaration").press("Sign the tax form").sees("Signed.")


def leave_card(brand: Walker) -> None:
    """Leave a card on the hosted page, and come back."""
    _type_card(brand)
    brand.press("Save card")


def pay(brand: Walker) -> None:
    """Pay with a card on the hosted page, and come back."""
    _type_card(brand)
    brand.press("Pay", exact=False)


def _type_card(brand: Walker) -> None:
    if brand.page.get_by_label("E-mail").count():
        brand.fill({"E-mail": "bram@example.com"})
    brand.fill({"Card number": CARD, "Expiry (MM / YY)": "12 / 34", "Security code": "123", "Name on card": "Bram"})


def operator(server: LiveServer, *command: str, **variables: str) -> str:
    """What `flask …` prints in the operator's terminal; it must succeed."""
    environ = os.environ | {name: str(value) for name, value in server.environ.items()} | variables
    done = subprocess.run(
        [sys.executable, "-m", "flask", *command], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def books_are_clean(server: LiveServer) -> None:
    """Every invariant of the ledger and of the business holds."""
    operator(server, "ledger", "check")
