"""The signing clock: one for each side, subjects `contract_creator` and `contract_brand`."""

from __future__ import annotations

from marketplace import deadlines

SIGN = deadlines.kind(
    "contracts.sign",
    days=2,
    asks="Read and sign the contract",
    awaits="A signature on the contract",
    silence="the deal ends and nobody owes anything.",
)
