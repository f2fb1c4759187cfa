"""What happens in affiliate programs, as facts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("affiliate.join_requested", subject="enrolment_id")
@dataclass(frozen=True)
class JoinRequested:
    """A creator asks to join a program whose brand approves by hand."""

    enrolment_id: UUID
    program_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("affiliate.enrolled", subject="enrolment_id", room="deal_id")
@dataclass(frozen=True)
class Enrolled:
    """A creator's links and codes earn from now on."""

    enrolment_id: UUID
    program_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    deal_id: UUID | None


@event("affiliate.invited", subject="invite_id")
@dataclass(frozen=True)
class Invited:
    """A brand invited somebody into its program by name, perhaps with a code kept for her."""

    invite_id: UUID
    program_id: UUID
    brand_party_id: UUID


@event("affiliate.enrolment_paused", subject="enrolment_id")
@dataclass(frozen=True)
class EnrolmentPaused:
    """A creator's links and codes earn nothing for now; `for_rates`: newer rates wait for her answer."""

    enrolment_id: UUID
    program_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    for_rates: bool


@event("affiliate.rates_accepted", subject="enrolment_id")
@dataclass(frozen=True)
class RatesAccepted:
    """An affiliate took the program's newer terms, up to these."""

    enrolment_id: UUID
    program_id: UUID
    creator_party_id: UUID
    program_terms_id: UUID


@event("affiliate.enrolment_ended", subject="enrolment_id")
@dataclass(frozen=True)
class EnrolmentEnded:
    """A creator left a program, or the brand ended it."""

    enrolment_id: UUID
    program_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("affiliate.terms_announced", subject="program_id")
@dataclass(frozen=True)
class TermsAnnounced:
    """A program's terms change from a date on."""

    program_id: UUID
    program_terms_id: UUID


@event("affiliate.orders_imported", subject="import_id")
@dataclass(frozen=True)
class OrdersImported:
    """A CSV of orders is in."""

    import_id: UUID
    program_id: UUID
    orders: int


@event("affiliate.refund_entered", subject="order_id")
@dataclass(frozen=True)
class RefundEntered:
    """A person of the brand wrote how much of an order is refunded, in all."""

    order_id: UUID
    program_id: UUID
    refunded_minor: int


@event("affiliate.statement_closed", subject="statement_id")
@dataclass(frozen=True)
class StatementClosed:
    """An affiliate's month is closed."""

    statement_id: UUID
    program_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("affiliate.budget_short", subject="program_id")
@dataclass(frozen=True)
class BudgetShort:
    """A program's budget does not cover what is due; `missing_minor` is what lacks."""

    program_id: UUID
    brand_party_id: UUID
    missing_minor: int
    currency: str


@event("affiliate.commission_paid", subject="batch_id")
@dataclass(frozen=True)
class CommissionPaid:
    """A batch of commissions has reached the affiliate; `directly` where the brand paid it itself."""

    batch_id: UUID
    program_id: UUID
    creator_party_id: UUID
    amount_minor: int
    currency: str
    directly: bool | None = None
