"""The play itself: every step of the demo in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from marketplace import clock
from marketplace.admin.demo import affiliates, briefs, people, scenes, till
from marketplace.admin.demo.cast import BRANDS, BRIEFS, CREATORS
from marketplace.admin.demo.stage import Step, run

OPENING = datetime(1996, 12, 2, 15, tzinfo=UTC)  # a month before the shop's first order


def load() -> None:
    """Play the whole demo; what was played before is left alone."""
    run(steps())


def steps() -> list[Step]:
    """The steps: the shop and its affiliates in 1996, when its orders begin; everybody else and the deals these weeks."""
    recently = clock.now().replace(hour=15, minute=0, second=0, microsecond=0) - timedelta(days=20)
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
    program = [
        Step("program", OPENING, "Northlight opens its affiliate program", affiliates.open_program),
        *([Step("budget", OPENING, "Northlight tops its budget up", affiliates.fund_budget)] if till.can_pay() else []),
        Step("orders", OPENING, "eighteen months of orders are imported and closed", affiliates.replay),
        Step("read", OPENING, "the affiliates read what they were told", affiliates.read_up),
    ]
    return opening + profiles + carded + published + (scenes.steps(recently) if till.can_pay() else []) + program
