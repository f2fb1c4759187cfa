"""Brief to payout on an empty portal, at phone width, as two people and an administrator who are new to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browsers import LiveServer
from tests.journeys import people
from tests.journeys.conftest import NewPerson
from tests.journeys.walker import Walker

pytestmark = pytest.mark.journey

TITLE = "A reel about the new Ceylon tin"
CAPTION = "#ad Our kitchen smells of Ceylon. @brambletea #brambletea"


def test_from_an_empty_portal_to_money_in_the_creators_account(
    person: NewPerson, empty_portal: LiveServer, picture: Path
) -> None:
    admin, brand, creator = person(), person(), person()
    people.set_up(admin)
    people.brand_signs_up(brand)
    people.vouch(admin)
    publish_brief(brand)
    apply_signed_out(creator, picture)
    agree(brand, creator)
    sign(brand, creator)
    fund(brand)
    make(brand, creator, picture)
    is_paid(creator)
    ask_the_licence(brand)
    people.books_are_clean(empty_portal)


def publish_brief(brand: Walker) -> None:
    """One reel for 300 dollars, with a card on file behind it."""
    brand.menu("Briefs").follow("Write your first brief").tick("Pay per post").press("Begin")
    brand.fill(
        {
            "Title": TITLE,
            "What this is about": "Show how you drink our tea at home. Your kitchen, your words, your light.",
            "Category": "tea",
            "Fee for each creator": "300",
            "Left to the creator": "The story, the music and the pace.",
            "Must be there": "The tin is visible for three seconds",
            "Hashtags": "#brambletea",
        }
    )
    brand.press("Add content")
    brand.fill({"Platform": "Instagram", "Format": "Reel"})
    brand.press("Save and check it").sees("Show that you can pay, then publish", "Pay the budget in: $300.00")
    brand.press("Save a card")
    people.leave_card(brand)
    brand.sees("The card is on file.").press("Publish").sees("Published. Creators can apply now.")


def apply_signed_out(creator: Walker, picture: Path) -> None:
    """Found by search without an account; what was typed survives signing up and the profile."""
    creator.go("/").follow("Browse briefs", within="main")
    creator.fill({"Search": "ceylon"}).press("Show").follow(TITLE)
    creator.sees("$270.00", "Card on file", "Each deal is funded before work starts").follow("Apply")
    creator.fill({"What would you make?": "A morning with two cups and a rainy window."}).press("Go on to sign up")
    people.sign_up(creator, "Cleo Creator", "cleo@example.com")
    creator.sees("A morning with two cups and a rainy window.").press("Send the application")
    creator.sees("A few things are missing before this can be sent")
    creator.menu("Home").follow("Send your application").press("Send the application")
    people.complete_profile(creator, picture)
    creator.press("Send the application").sees("Sent.")


def agree(brand: Walker, creator: Walker) -> None:
    """Offer, counter-offer, acceptance."""
    brand.menu("Home").follow("Answer the application").follow("Make an offer")
    brand.fill({"A sentence with it": "We would love this. Here is our offer."}).press("Send the offer")
    creator.menu("Home").follow("Answer the proposed terms").follow("Propose other terms")
    creator.fill({"Fee": "350"}).press("Send the counter-offer")
    brand.menu("Home").follow("Answer the proposed terms").sees("$350.00").press("Accept these terms")
    brand.waits_for("Read the contract")


def sign(brand: Walker, creator: Walker) -> None:
    """Both sign; the creator says first where her pay goes."""
    creator.menu("Deals").follow(TITLE)
    creator.press("Set up payouts")
    people.get_ready_for_payouts(creator)
    for who, name in ((creator, "Cleo Creator"), (brand, "Bram Brand")):
        who.menu("Deals").follow(TITLE).follow("Read and sign")
        assert who.download("Download").startswith(b"%PDF-")
        who.tick("I agree").fill({"Type your full name": name}).press("Sign the contract").sees("Signed.")


def fund(brand: Walker) -> None:
    """The whole amount, with one tap on the card on file."""
    brand.press("Pay $350.00 with Visa •••• 4242").sees("Paid. The money is a protected payment.")
    brand.waits_for("Work begins")


def make(brand: Walker, creator: Walker, picture: Path) -> None:
    """A message, two drafts, the publication with its proof, the confirmation."""
    creator.menu("Deals").follow(TITLE).waits_for("1. Instagram reel")
    creator.fill({"Message": "Is morning light all right?"}).press("Send the message")
    creator.follow("Send the draft").fill({"Caption, as it will be posted": CAPTION})
    creator.upload("Pictures and videos", picture).press("Send the draft").sees("Sent.")
    brand.menu("Deals").follow(TITLE).sees("Is morning light all right?")
    brand.fill({"Message": "Morning light is perfect."}).press("Send the message").sees("Morning light is perfect.")
    brand.menu("Home").follow("Review the draft").sees(CAPTION)
    brand.fill(
        {"Belongs to": "Must be there: The tin is visible for three seconds", "What should change": "Hold it a bit longer."}
    )
    brand.press("Send back with these changes").sees("Sent back with your changes.")
    creator.menu("Home").follow("Send the draft").sees("Hold it a bit longer.", "Your files of draft 1")
    creator.fill({"Caption, as it will be posted": f"{CAPTION} Longer."}).press("Send the draft").sees("Sent.")
    brand.menu("Home").follow("Review the draft").sees("The same as in draft 1")
    brand.press("Approve the draft").sees("Approved.")
    creator.menu("Home").follow("Publish the post")
    creator.fill({"Link to the post": "https://example.com/reels/1"}).upload("A screenshot of the post", picture)
    creator.press("It is live").sees("Noted, with its proof.")
    brand.menu("Home").follow("Confirm that the post is live").press("Confirm that it is live")
    brand.sees("Confirmed.")


def is_paid(creator: Walker) -> None:
    """The agreed pay minus the fee that was shown, in her account."""
    creator.menu("Earnings").waits_for("$315.00")
    creator.follow(TITLE).waits_for("It is in your Stripe account").sees("In your Stripe account")
    assert creator.amount("Agreed pay") + creator.amount("Platform fee") == creator.amount("To you") == 31_500
    creator.go("/notifications").waits_for("$315.00 is on its way to your bank")
    creator.press("I have read everything").menu("Home").sees("Nothing waits for you, Cleo")


def ask_the_licence(brand: Walker) -> None:
    """May the brand repost it? Yes; advertise with it? No."""
    brand.menu("Deals").follow(TITLE).follow("May this be used? Ask the register")
    brand.fill({"In this way": "Organic repost"}).press("Ask").sees("May be used")
    brand.fill({"In this way": "Print and out of home"}).press("Ask").sees("May not be used")
