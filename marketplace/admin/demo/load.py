"""The play itself: every step of the demo in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from marketplace import clock, db
from marketplace.admin.demo import affiliates, briefs, people, scenes, till
from marketplace.admin.demo.cast import BRANDS, BRIEFS, CREATORS
from marketplace.admin.demo.stage import Step, run
from marketplace.payments.reconciliation import reconcile

OPENING = datetime(1996, 12, 2, 15, tzinfo=UTC)  # a month before the shop's first order


def load() -> None:
    """Play the whole demo; what was played before is left alone. Then our books and Stripe's are compared once."""
    if run(steps()) and till.can_pay():
        reconcile.run()
        db.session.commit()


def steps() -> list[Step]:
    """The steps: the shop and its affiliates in 1996, when its orders begin; everybody else and the deals these weeks."""
    recently = _beginning()
    of_old = {affiliates.BRAND, *affiliates.AFFILIATES}

    def came(email: str) -> datetime:
        return OPENING if email in of_old else recently - timedelta(days=1)

    opening = [Step("portal", OPENING, "the portal opens", people.open_portal)]
    opening += [
        Step(f"brand.{brand.key}", came(brand.email), f"{brand.name} joins", partial(people.open_brand, brand))
        for brand in BRANDS
    ]
    opening += [
        Step(f"creator.{one.key}", came(one.email), f"{one.name} joins", partial(people.open_creator, one))
        for one in CREATORS
    ]
    profiles = [
        Step(f"profile.{one.key}", recently, f"@{one.handle} writes a profile", partial(people.write_profile, one))
        for one in CREATORS
    ]
    carded = [
        Step(f"card.{brand.key}", recently, f"{brand.name} saves a card", partial(people.save_card, brand))
        for brand in BRANDS
        if till.can_pay()
    ]
    published = [
        Step(f"brief.{brief.key}", recently, f"“{brief.body['title']}” is published", partial(briefs.publish, brief))
        for brief in BRIEFS
    ]
    return opening + profiles + carded + published + (scenes.steps(recently) if till.can_pay() else []) + _program(recently)


def _beginning() -> datetime:
    """Three in the afternoon, late enough for these weeks and early enough that every scene has come."""
    afternoon = clock.now().replace(hour=15, minute=0, second=0, microsecond=0) - timedelta(days=20)
    return afternoon if afternoon + scenes.length() <= clock.now() else afternoon - timedelta(days=1)


def _program(recently: datetime) -> list[Step]:
    """Northlight's program, from its opening to the orders of these weeks."""
    weeks = [
        Step(
            f"week.{number}",
            recently + timedelta(days=7 * number - 2),
            "Northlight imports its newest orders",
            partial(affiliates.import_week, number),
        )
        for number in range(1, len(affiliates.WEEKS) + 1)
    ]
    steps = [
        Step("program", OPENING, "Northlight opens its affiliate program", affiliates.open_program),
        Step("paid", OPENING, "its affiliates say where their pay goes", affiliates.onboard),
        Step("orders", OPENING, "eighteen months of orders are imported, closed and paid", affiliates.replay),
        Step("read", OPENING, "everybody reads what they were told", affiliates.read_up),
        *weeks,
        Step("budget", recently + timedelta(days=19), "Northlight fills its budget", affiliates.pay_in),
    ]
    return [step for step in steps if till.can_pay() or step.name not in ("paid", "budget")]
