"""Who an order is credited to. Pure: the same touches under the same terms give the same decision.

Only the last touch pays for now. A link against a code is decided by one table (affiliate.md):
one affiliate's link and code count once; else the terms' code policy; a code is judged at the time
of the order; a touch of the buyer's own, of somebody who is not enrolled, outside the window, or of
a bot is set aside with that reason, and the next one is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

CLICK, LINK, CODE = "click", "link", "code"


@dataclass(frozen=True)
class Touch:
    """A candidate. `at` is the click's time; for a code, and for a link's slug without consent, the
    order's. `discount` (minor units) ranks two codes. The flags were looked up for the order's time.
    """

    kind: str
    enrolment: str
    at: datetime
    link: str | None = None
    click: str | None = None
    code: str | None = None
    sub_ids: dict[str, str] | None = None
    discount: int = 0
    label: str = ""
    enrolled: bool = True
    own: bool = False
    expired: bool = False

    def stored(self) -> dict[str, Any]:
        """As the decision keeps it."""
        return {**vars(self), "at": self.at.isoformat()}

    @classmethod
    def restored(cls, data: dict[str, Any]) -> Touch:
        """A stored touch again; the judgement beside it is left out."""
        known = {key: value for key, value in data.items() if key in cls.__dataclass_fields__}
        return cls(**known | {"at": datetime.fromisoformat(data["at"])})


@dataclass(frozen=True)
class Decision:
    """`winner` is credited (an enrolment's id, or None); `reasons` has a word for every affiliate
    touched, `judged` one for every touch; `rule` names the line of the table that chose.
    """

    winner: str | None
    rule: str
    reasons: dict[str, str]
    judged: list[tuple[Touch, str]]
    sub_ids: dict[str, str]


def fault(touch: Touch, placed_at: datetime, window_seconds: int) -> str:
    """Why a touch cannot be credited, or nothing. Window: whole seconds, both ends inclusive."""
    if touch.label:
        return "bot"
    if touch.kind == CODE and touch.expired:
        return "code_expired"
    age = int(placed_at.timestamp()) - int(touch.at.timestamp())
    if touch.kind == CLICK and not 0 <= age <= window_seconds:
        return "outside_window"
    if not touch.enrolled:
        return "not_enrolled"
    return "self_referral" if touch.own else ""


def decide(touches: list[Touch], placed_at: datetime, *, window_seconds: int, code_policy: str) -> Decision:
    """Judge every touch and choose whom the order is credited to."""
    ordered = sorted(touches, key=lambda touch: (touch.at, touch.kind, touch.click or ""))
    faults = [(touch, fault(touch, placed_at, window_seconds)) for touch in ordered]
    fine = [touch for touch, why in faults if not why]
    last_click = next((touch for touch in reversed(fine) if touch.kind != CODE), None)
    in_their_order = [touch for touch in touches if touch.kind == CODE and touch in fine]
    code = max(in_their_order, key=lambda touch: touch.discount, default=None)
    chosen, rule = _choose(last_click, code, code_policy)
    winner = chosen.enrolment if chosen else None
    reasons = {
        enrolment: _reason(enrolment, winner, faults) for enrolment in dict.fromkeys(t.enrolment for t in ordered)
    }
    judged = [(touch, why or ("credited" if touch.enrolment == winner else "other_affiliate")) for touch, why in faults]
    own_click = next((t for t in reversed(fine) if t.enrolment == winner and t.sub_ids), None)
    return Decision(winner, rule, reasons, judged, (own_click.sub_ids or {}) if own_click else {})


def _choose(click: Touch | None, code: Touch | None, code_policy: str) -> tuple[Touch | None, str]:
    """The decision table of link against code."""
    if click is None or code is None:
        return (code, "code") if code else (click, "last_touch" if click else "nobody")
    if click.enrolment == code.enrolment:
        return code, "link_and_code"
    return (code, "code_wins") if code_policy == "code_wins" else (click, "link_wins")


def _reason(enrolment: str, winner: str | None, faults: list[tuple[Touch, str]]) -> str:
    """One word for an affiliate: credited, beaten by another, else why her latest touch failed."""
    if enrolment == winner:
        return "credited"
    own = [why for touch, why in faults if touch.enrolment == enrolment]
    if "" in own:
        return "other_affiliate"
    return "self_referral" if "self_referral" in own else own[-1]
