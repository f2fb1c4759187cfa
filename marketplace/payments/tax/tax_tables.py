"""Tables of tax forms: what was signed when, and beside it what identifies the signer.

A form only grows (a trigger refuses changes); a newer one replaces it. What identifies a person lives in
`tax_form_details`: the number is sealed (`tax_numbers.py`), and no page shows more than its last four. Erasing a
person keeps these rows in restricted form as long as tax law asks for them (W-9 and W-8BEN: four years, IRS
Publication 1281 and the requester instructions; DAC7: five to ten years by member state), then the row of details goes.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Id


class TaxForm(Base):
    """One signed version. `kind` is `w9`, `w8ben` or `platform`; `valid_until` the last day it can be relied on.

    `statement` is what was declared, word for word; `details_sha256` the salted digest of its details as they were
    signed; `once` makes a double click one signature.
    """

    __tablename__ = "tax_forms"

    id: Mapped[Id]
    party_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    kind: Mapped[str]
    statement: Mapped[str]
    strength: Mapped[str | None]
    once: Mapped[str]
    details_sha256: Mapped[str]
    signed_at: Mapped[datetime]
    valid_until: Mapped[date | None]

    details: Mapped[TaxFormDetails | None] = relationship(lazy="raise")

    __table_args__ = (
        sa.CheckConstraint("kind IN ('w9','w8ben','platform')", name="kind"),
        sa.UniqueConstraint("party_id", "once"),
        sa.Index("ix_tax_forms_party_id_signed_at", "party_id", "signed_at"),
    )


class TaxFormDetails(Base):
    """What identifies the signer of a form, and where the signature came from.

    `number_kind` is `ssn`, `itin`, `ein` or `foreign`; `number` the sealed tax number, None where her country gives
    none. `reminded_at`: she was told that the form ends.
    """

    __tablename__ = "tax_form_details"

    form_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tax_forms.id"), primary_key=True)
    legal_name: Mapped[str]
    business_name: Mapped[str | None]
    classification: Mapped[str | None]
    street: Mapped[str]
    city: Mapped[str]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str] = mapped_column(sa.CHAR(2))
    citizenship: Mapped[str | None] = mapped_column(sa.CHAR(2))
    birth_date: Mapped[date | None]
    birth_place: Mapped[str | None]
    number_kind: Mapped[str | None]
    number_country: Mapped[str | None] = mapped_column(sa.CHAR(2))
    number: Mapped[bytes | None]
    last_four: Mapped[str | None]
    typed_name: Mapped[str]
    address: Mapped[str]
    user_agent: Mapped[str]
    salt: Mapped[str]
    reminded_at: Mapped[datetime | None]

    __table_args__ = (
        sa.CheckConstraint("number_kind IN ('ssn','itin','ein','foreign')", name="number_kind"),
        sa.CheckConstraint("num_nonnulls(number_kind, number_country, number, last_four) IN (0, 4)", name="number"),
        sa.CheckConstraint("number IS NOT NULL OR birth_date IS NOT NULL", name="known"),
    )
