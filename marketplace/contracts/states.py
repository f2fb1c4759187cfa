"""The machine of a contract."""

from __future__ import annotations

import enum

from marketplace.lifecycle import Lifecycle, Move


class ContractState(enum.StrEnum):
    """Where a contract stands."""

    OPEN = "open"
    SIGNED = "signed"
    VOID = "void"


C = ContractState

CONTRACT = Lifecycle(
    "contract",
    ContractState,
    {
        "sign": Move((C.OPEN,), C.OPEN, "This contract can no longer be signed."),
        "conclude": Move((C.OPEN,), C.SIGNED, "This contract can no longer be signed."),
        "void": Move((C.OPEN,), C.VOID, "A signed contract stays what it is."),
    },
    {
        C.OPEN: "Waits for a signature.",
        C.SIGNED: "Signed by both sides.",
        C.VOID: "Not signed in time, or the deal ended before; it binds nobody.",
    },
)
