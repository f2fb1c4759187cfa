"""Two tenants and everything one of them has: the people and rows that the house tests walk the routes with."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db, events
from marketplace.accounts import legal, members, queries, sessions, undo
from marketplace.accounts.events import CodeAsked
from marketplace.accounts.models import EmailChange, Invitation, LegalText
from marketplace.authz import CLOCK
from marketplace.brands import domains, names
from marketplace.brands import service as brands
from marketplace.brands.models import BrandDomain, BrandProfile, BrandRename, Product
from marketplace.collaborations.models import Deal
from marketplace.content.models import Deliverable, Submission, SubmissionMedia
from marketplace.creators import holidays, rates
from marketplace.creators import queries as creator_queries
from marketplace.creators import service as creators
from marketplace.creators.models import CreatorProfile, Holiday
from marketplace.events import EventDelivery
from marketplace.files import StoredFile
from marketplace.messaging import service as messaging
from marketplace.messaging.models import Thread
from marketplace.money import Money
from marketplace.notifications import outbox, tell
from marketplace.notifications.models import Mail, Notification
from marketplace.payments.guards import approvals
from marketplace.payments.guards.approvals import Wish
from marketplace.payments.losses import chargebacks
from marketplace.payments.models import (
    AccountChange,
    Approval,
    CardSetup,
    DirectPayment,
    Funding,
    Lot,
    Payout,
    Refund,
    StripeOperation,
    TaxForm,
)
from marketplace.payments.money_in import cards, funding, refunds
from marketplace.payments.money_out import releases
from marketplace.payments.paid_directly import direct
from marketplace.payments.reconciliation import differences
from marketplace.payments.reconciliation.differences import Difference, Found
from marketplace.payments.tax import tax_forms
from tests import factories
from tests import factories_deals as deals
from tests.factories import Person
from tests.house.affiliate import Affiliate


class World:
    """The tenants `brand` and `creator`, who have a deal with each other, and strangers who have nothing of it.

    Every row is made when it is first asked for, by the verbs.
    """

    def __init__(self) -> None:
        self.sides = deals.sides()
        self.brand, self.creator = self.sides.brand, self.sides.creator
        self.viewer = factories.colleague(self.brand, "viewer")
        self.other_brand = factories.brand("Olga Other", party_name="Other Goods")
        self.other_creator = factories.creator("Otto Other")
        self.admin = factories.staff("admin")
        self.support = factories.staff("support")

    @property
    def everybody(self) -> dict[str, Person]:
        """Who walks the routes, by what they are to the rows of this world."""
        return {
            "creator": self.creator,
            "brand": self.brand,
            "viewer": self.viewer,
            "other brand": self.other_brand,
            "other creator": self.other_creator,
            "admin": self.admin,
            "support": self.support,
        }

    @cached_property
    def email_change(self) -> EmailChange:
        """The creator's address, about to be left."""
        return undo.remember_email(self.creator.user)

    @cached_property
    def legal_text(self) -> LegalText:
        """The operator's terms of service."""
        return legal.publish(legal.Kind.TERMS, "# Who we are\n\nThe operator.", by=self.admin.actor)

    @cached_property
    def rename(self) -> BrandRename:
        """The name the verified brand has asked for."""
        return names.rename(self.brand.party, "Bramble & Daughters", by=self.brand.actor)

    @cached_property
    def account_change(self) -> AccountChange:
        """Her bank account was changed."""
        row = AccountChange(id=db.new_id(), party_id=self.creator.party.id, bank_digest=b"new", seen_at=clock.now())
        db.session.add(row)
        db.session.flush()
        return row

    @cached_property
    def tax_form(self) -> TaxForm:
        """What the creator signed."""
        form = tax_forms.newest(self.creator.party.id)
        assert form is not None
        return form

    @cached_property
    def deal(self) -> Deal:
        """A deal at work."""
        return deals.active(self.sides)

    @cached_property
    def application_id(self) -> UUID:
        """The application it came from."""
        return self.deal.application_id

    @cached_property
    def piece(self) -> Deliverable:
        """Its first piece."""
        return deals.piece_of(self.deal)

    @cached_property
    def submission(self) -> Submission:
        """A draft of that piece."""
        return deals.drafted(self.piece, self.creator)

    @cached_property
    def media_id(self) -> UUID:
        """A picture of that draft."""
        found = db.session.scalar(
            sa.select(SubmissionMedia.file_id).where(SubmissionMedia.submission_id == self.submission.id)
        )
        assert found is not None
        return found

    @cached_property
    def funding(self) -> Funding:
        """A payment of the brand's that has arrived, as Stripe reports it."""
        row = funding.begin(
            subject=db.new_id(), payer=self.brand.party.id, amount=Money(10_000, "USD"), description="A reel",
            return_url="/home", by=self.brand.actor,
        )  # fmt: skip
        moment = int(clock.now().timestamp())
        transaction = {
            "id": "txn_house", "type": "charge", "status": "available", "amount": 10_000, "fee": 320, "net": 9_680,
            "currency": "usd", "created": moment, "available_on": moment,
        }  # fmt: skip
        charge = {"id": "ch_house", "amount": 10_000, "currency": "usd", "balance_transaction": transaction}
        session = {"status": "complete", "payment_status": "paid", "payment_intent": {"latest_charge": charge}}
        funding.settle(row, session)
        return row

    @cached_property
    def holiday(self) -> Holiday:
        """Days the creator will be away."""
        first = clock.today(self.creator.party.zone) + timedelta(days=9)
        return holidays.announce(self.creator.party, first, first + timedelta(days=6), by=self.creator.actor)

    @cached_property
    def direct_payment(self) -> DirectPayment:
        """A payment the brand made outside, recorded while the portal was, for this one row, its own program."""
        settings = queries.instance()
        assert settings is not None
        held, settings.shape = settings.shape, "own_program"
        row = direct.record(
            direct.Outside(Money(5_000, "USD"), clock.today(self.brand.actor.zone), "bank_transfer", "House"), subject=db.new_id(),
            payer=self.brand.party.id, payee=self.creator.party.id, title="A reel", open_amount=Money(5_000, "USD"),
            evidence={}, by=self.brand.actor,
        )  # fmt: skip
        settings.shape = held
        db.session.flush()
        return row

    @cached_property
    def operation_id(self) -> UUID:
        """What Stripe is asked for on its behalf."""
        return db.session.scalars(sa.select(StripeOperation.id).where(StripeOperation.row_id == self.funding.id)).one()

    @cached_property
    def refund(self) -> Refund:
        """Money on its way back to the brand."""
        (row,) = refunds.refund(
            subject=self.deal.id, amount=Money(100, "USD"), reason="fewer", key="house", by=self.brand.actor
        )
        return row

    @cached_property
    def difference(self) -> Difference:
        """Something that Stripe and the books tell differently."""
        found = Found("txn_by_hand", "topup", "topup", Money(100, "USD"), clock.now(), books=True)
        return differences.keep([found], clock.now())[0]

    @cached_property
    def journal_id(self) -> UUID:
        """The journal of that payout's release."""
        return db.session.get_one(Payout, self.payout_id).journal_id

    @cached_property
    def card_setup(self) -> CardSetup:
        """A visit of the brand's to the page that saves a card."""
        return cards.begin(self.brand.party.id, "/brand/funding", by=self.brand.actor)

    @cached_property
    def payout_id(self) -> UUID:
        """A payout to the creator, of that payment."""
        return releases.release(
            subject=self.funding.subject_id, payee=self.creator.party.id, amount=Money(5_000, "USD"),
            fee=Money(500, "USD"), reason="approved work", key="house", by=CLOCK,
            evidence={"contract_id": db.new_id(), "deliverable_ids": [db.new_id()]},
        ).id  # fmt: skip

    @cached_property
    def approval(self) -> Approval:
        """Something a colleague of the brand's owner asked for."""
        finance = factories.colleague(self.brand, "finance", "Fay Finance")
        wish = Wish(
            "release", self.brand.party.id, self.piece.id, "house:approval", Money(900_000, "USD"),
            self.creator.party.id, "A reel",
        )  # fmt: skip
        row = approvals.ask(wish, by=finance.actor)
        assert row is not None
        return row

    @cached_property
    def lot_id(self) -> UUID:
        """The charge of that payment."""
        return db.session.scalars(sa.select(Lot.id).where(Lot.funding_id == self.funding.id)).one()

    @cached_property
    def chargeback_id(self) -> UUID:
        """What its bank asks about it: an inquiry, which freezes nothing."""
        found = {
            "id": "du_house", "charge": "ch_house", "amount": 10_000, "currency": "usd", "reason": "fraudulent",
            "status": "warning_needs_response", "created": int(clock.now().timestamp()), "balance_transactions": [],
            "evidence_details": {"due_by": int(clock.now().timestamp()) + 86_400},
        }  # fmt: skip
        row = chargebacks.settle(found) if self.lot_id else None
        assert row is not None
        return row.id

    @cached_property
    def affiliate(self) -> Affiliate:
        """The brand's program with the creator in it."""
        return Affiliate(self.brand, self.creator)

    @cached_property
    def creator_profile(self) -> CreatorProfile:
        """The creator's profile, with a photo."""
        return creators.profile_of(self.creator.party.id)

    @cached_property
    def brand_profile(self) -> BrandProfile:
        """The brand's profile, with a logo."""
        return brands.profile_of(self.brand.party.id)

    @cached_property
    def photo(self) -> StoredFile:
        """The creator's photo, which everybody sees."""
        file = deals.picture(self.creator)
        creators.set_photo(self.creator_profile, file, by=self.creator.actor)
        return file

    @cached_property
    def logo(self) -> StoredFile:
        """The brand's logo, which everybody sees."""
        file = deals.picture(self.brand)
        self.brand_profile.logo_file_id = file.id
        return file

    @cached_property
    def account_id(self) -> UUID:
        """A social account of the creator's."""
        return creator_queries.accounts(self.creator.party.id)[0].id

    @cached_property
    def sample_id(self) -> UUID:
        """A sample of the creator's work."""
        return creator_queries.samples(self.creator.party.id)[0].id

    @cached_property
    def rate_id(self) -> UUID:
        """A price of the creator's."""
        amount = Money(20_000, "USD")
        return rates.set_price(self.creator_profile, "instagram", "reel", amount, by=self.creator.actor).id

    @cached_property
    def domain(self) -> BrandDomain:
        """A domain the brand has not proven yet."""
        return domains.add(self.brand.party.id, "bramble-tea.example", by=self.brand.actor)

    @cached_property
    def thread(self) -> Thread:
        """The conversation of the two."""
        return messaging.open_thread(
            self.application_id,
            creator_party_id=self.creator.party.id,
            brand_party_id=self.brand.party.id,
            title="A reel about tea",
        )

    @cached_property
    def product(self) -> Product:
        """Something the brand sells."""
        return factories.product(self.brand)

    @cached_property
    def session_id(self) -> UUID:
        """A browser the brand's owner is signed in with."""
        sessions.start(self.brand.user, strength="password", device="house")
        return sessions.of(self.brand.user.id)[0].id

    @cached_property
    def membership_id(self) -> UUID:
        """The viewer's place in the brand."""
        return queries.membership(self.viewer.user.id, self.brand.party.id).id

    @cached_property
    def invitation(self) -> Invitation:
        """Somebody asked to join the brand."""
        return members.invite(self.brand.party, "invited@example.com", "viewer", by=self.brand.actor)

    @cached_property
    def notification(self) -> Notification:
        """A line written to the brand's owner."""
        return tell.user(self.brand.user, "brands.verified", "/home", brand="Bramble Tea")

    @cached_property
    def mail(self) -> Mail:
        """A message that was given up."""
        row = outbox.write("a@example.com", "Subject", "Text", "<p>Text</p>")
        row.parked_at = clock.now()
        return row

    @cached_property
    def delivery(self) -> EventDelivery:
        """A delivery that was given up."""
        event = events.emit(CodeAsked(db.new_id()), by=CLOCK)
        row = db.session.query(EventDelivery).filter_by(event_id=event.id).one()
        row.parked_at = clock.now()
        return row
