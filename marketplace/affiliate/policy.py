"""Who may do what in affiliate programs. Loading decides what one sees; this decides who acts."""

from __future__ import annotations

from typing import Any

from marketplace.accounts import policy
from marketplace.affiliate.models import Program
from marketplace.authz import Actor

may_join = policy.is_creator
may_have_links = policy.is_creator


def may_see_programs(actor: Actor, _program: Program | None = None) -> bool:
    """Anybody of the brand."""
    return policy.is_brand(actor)


def may_run_programs(actor: Actor, _row: Any = None) -> bool:
    """Owner or manager: terms, affiliates, codes, imports, keys."""
    return policy.manages(actor)


def may_fund_program(actor: Actor, _program: Program) -> bool:
    """Owner or finance: paying into the budget."""
    return policy.funds(actor)


def may_pay_statement(actor: Actor, _row: Any) -> bool:
    """Owner or finance: recording that a month was paid directly."""
    return policy.funds(actor)


def may_read_statement(actor: Actor, _row: Any) -> bool:
    """The affiliate, and anybody of the brand; loading shows each only its own."""
    return policy.is_creator(actor) or policy.is_brand(actor)


def may_own_link(actor: Actor, _row: Any) -> bool:
    """The affiliate whose link it is."""
    return policy.is_creator(actor)
