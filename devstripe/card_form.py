"""Reads the card form of the hosted pages and says next to each field what is wrong with it."""

import re
from dataclasses import dataclass, field

from devstripe.call import Call
from devstripe.cards import CARDS, passes_luhn
from devstripe.payment_methods import new_bank_account, new_card

BANK_OUTCOMES = {
    "": "The debit succeeds",
    "insufficient_funds": "The debit fails: not enough money",
    "account_closed": "The debit fails: the account is closed",
}


@dataclass
class CardForm:
    """What was typed, and what is wrong with it by field name."""

    typed: dict[str, str]
    needs_email: bool
    banks_allowed: bool
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def by_bank(self) -> bool:
        """Whether the person pays from a bank account."""
        return self.banks_allowed and self.typed.get("way") == "us_bank_account"

    def value(self, name: str) -> str:
        """A field as typed, without outer blanks."""
        return self.typed.get(name, "").strip()

    def check(self, year: int, month: int) -> bool:
        """Fill in `errors`; true when there are none. `year` and `month`: now."""
        if self.needs_email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", self.value("email")):
            self.errors["email"] = "Enter an e-mail address."
        if not self.value("name"):
            self.errors["name"] = "Enter the name on the card."
        if not self.by_bank:
            self.check_number()
            self.check_expiry(year, month)
            digits = 4 if self.number.startswith("3") else 3
            if not re.fullmatch(rf"\d{{{digits}}}", self.value("cvc")):
                self.errors["cvc"] = f"Enter the {digits} digits of the security code."
        return not self.errors

    @property
    def number(self) -> str:
        """The card number without blanks and dashes."""
        return re.sub(r"[\s-]", "", self.value("number"))

    def check_number(self) -> None:
        """A test card; real ones are not wanted here."""
        if not re.fullmatch(r"\d{13,19}", self.number) or not passes_luhn(self.number):
            self.errors["number"] = "This card number is not complete or not valid."
        elif self.number not in CARDS:
            self.errors["number"] = "This is a test page. Use one of the test cards listed below."

    @property
    def expiry(self) -> tuple[int, int] | None:
        """Month and year, or None when they cannot be read."""
        found = re.fullmatch(r"(\d{1,2})\s*/?\s*(\d{2}|20\d{2})", self.value("expiry"))
        if not found or not 1 <= int(found[1]) <= 12:
            return None
        return int(found[1]), 2000 + int(found[2]) % 100

    def check_expiry(self, year: int, month: int) -> None:
        """Not in the past."""
        if self.expiry is None:
            self.errors["expiry"] = "Enter month and year, for example 12 / 34."
        elif (self.expiry[1], self.expiry[0]) < (year, month):
            self.errors["expiry"] = "This card has expired."

    def payment_method(self, call: Call, email: str | None) -> dict:
        """The payment method that was typed in. Call `check` first."""
        details = {"email": email or None, "name": self.value("name")}
        if self.by_bank:
            return new_bank_account(
                call, self.value("outcome") if self.value("outcome") in BANK_OUTCOMES else "", details
            )
        month, year = self.expiry or (0, 0)
        return new_card(call, CARDS[self.number], month, year, details)
