"""Tables of what keeps a payout back: changes of the payout account.

`party_id` is whoever is paid; the row says nothing of a bank account but a digest.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Id


class AccountChange(Base):
    """Where a payee is paid was changed after it had been set up. `bank_digest` is the new bank account's.

    `undone_at`: she disowned it from her mail; nothing is paid until a newer change stands, or `owned_at`
    says that it was hers after all.
    """

    __tablename__ = "payout_account_changes"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(index=True)
    bank_digest: Mapped[bytes]
    seen_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    owned_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("owned_at IS NULL OR undone_at IS NOT NULL", name="owned"),)
