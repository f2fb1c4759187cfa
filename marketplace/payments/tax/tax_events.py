"""Facts of tax forms."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("payments.tax_form_signed", subject="form_id")
@dataclass(frozen=True)
class TaxFormSigned:
    """A payee signed a tax form; what waited for it may set off."""

    form_id: UUID
    party_id: UUID


@event("payments.tax_form_seen", subject="party_id")
@dataclass(frozen=True)
class TaxFormSeen:
    """One of the operator's people looked at a party's tax form. The actor of the event is who looked."""

    party_id: UUID
    form_id: UUID


@event("payments.tax_number_read", subject="party_id")
@dataclass(frozen=True)
class TaxNumberRead:
    """The whole tax number was read, at the server's command line, and what for."""

    party_id: UUID
    form_id: UUID
    why: str


@event("payments.tax_form_ending", subject="form_id")
@dataclass(frozen=True)
class TaxFormEnding:
    """A payee's tax form ends within a month. Its last day is `valid_until` of the form."""

    form_id: UUID
    party_id: UUID
