"""The affiliate half of the house's world: a program with one affiliate, an order, a closed month, an import."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.affiliate import imports, invites, programs, shops, statements
from marketplace.affiliate.models import (
    DiscountCode,
    Enrolment,
    Import,
    Program,
    ProgramInvite,
    ProgramTerms,
    Shop,
    ShopKey,
    TrackingLink,
)
from marketplace.affiliate.sales_models import Line, Statement
from tests.affiliate import shop as orders
from tests.affiliate import world
from tests.factories import Person

CSV = b"order_number,ordered_at,amount\nB-1,2026-01-05,10.00\n"


class Affiliate:
    """What the brand's program holds, made by the verbs two months ago."""

    def __init__(self, brand: Person, creator: Person) -> None:
        self.brand = brand
        with clock.at(clock.now() - timedelta(days=62)):
            here = world.world(brand=brand)
            self.program: Program = here.program
            found = here.affiliate(code="CLEO10", person=creator)
            self.enrolment: Enrolment = found.enrolment
            self.link: TrackingLink = found.link
            assert found.code is not None
            self.code: DiscountCode = found.code
            self.shop: Shop = orders.open_shop(here)
            orders.take(self.shop, orders.order(10_000, clicks=(orders.click(self.link),)))

    @cached_property
    def key(self) -> ShopKey:
        """A key of the shop."""
        return shops.issue_key(self.shop, by=self.brand.actor)[0]

    @cached_property
    def newer(self) -> ProgramTerms:
        """Terms announced for next month, which wait for the creator's answer."""
        return programs.announce_terms(
            self.program, programs.Terms(rules=(programs.percent(800),)),
            valid_from=clock.now() + timedelta(days=30), by=self.brand.actor,
        )  # fmt: skip

    @cached_property
    def invite(self) -> ProgramInvite:
        """The program's invite link."""
        return invites.invite_link(self.program, by=self.brand.actor)

    @cached_property
    def file(self) -> Import:
        """An import that was looked through."""
        return imports.upload(self.program, CSV, "orders.csv", by=self.brand.actor)

    @cached_property
    def statement(self) -> Statement:
        """The creator's closed month."""
        return next(row for row in statements.close_due(self.program) if row.enrolment_id == self.enrolment.id)

    @cached_property
    def line_id(self) -> UUID:
        """A line of the creator's."""
        found = db.session.scalar(sa.select(Line.id).where(Line.enrolment_id == self.enrolment.id))
        assert found is not None
        return found
