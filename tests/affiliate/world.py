"""A small affiliate world for tests, made by the verbs: a brand with a proven domain, a program,
affiliates with links and codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marketplace import clock, db
from marketplace.affiliate import enrolments, links, programs
from marketplace.affiliate.models import DiscountCode, Enrolment, Program, TrackingLink
from marketplace.brands.models import BrandDomain
from marketplace.money import Money
from tests import factories
from tests.factories import Person

DOMAIN = "bramble.example"
HOME = f"https://{DOMAIN}/tea"


@dataclass
class Affiliate:
    """A creator in the program, with one link and perhaps a code."""

    person: Person
    enrolment: Enrolment
    link: TrackingLink
    code: DiscountCode | None


@dataclass
class World:
    """A brand and its program."""

    brand: Person
    program: Program

    def affiliate(self, name: str = "Cleo Creator", code: str | None = None, person: Person | None = None) -> Affiliate:
        """One more affiliate, in at once."""
        person = person or factories.creator(name)
        enrolment = enrolments.join(self.program, by=person.actor)
        link = links.create(enrolment, HOME, by=person.actor)
        given = links.give_code(self.program, code, enrolment=enrolment, by=self.brand.actor) if code else None
        return Affiliate(person, enrolment, link, given)


def world(
    *,
    rules: tuple[dict[str, Any], ...] = (programs.percent(1000),),
    window: timedelta = timedelta(days=30),
    hold_days: int = 30,
    code_policy: str = "code_wins",
    minimum: int = 0,
    joining: str = "open",
    consent: str = "not_required",
    zone: str = "America/New_York",
    currency: str = "USD",
    brand: Person | None = None,
) -> World:
    """A brand with a proven domain and an open program paying 10% unless told otherwise."""
    brand = brand or factories.brand()
    db.session.add(BrandDomain(party_id=brand.party.id, domain=DOMAIN, token="t", proof="dns", verified_at=clock.now()))
    terms = programs.Terms(
        window_seconds=int(window.total_seconds()), hold_days=hold_days, code_policy=code_policy, rules=rules
    )
    program = programs.open_program(
        name="Bramble Friends",
        currency=currency,
        zone=zone,
        terms_=terms,
        payout_minimum=Money(minimum, currency),
        joining=joining,
        consent=consent,
        by=brand.actor,
    )
    return World(brand, program)
