"""The briefs of the demo, published with their compensation and products."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import url_for

from marketplace import clock, db
from marketplace.admin.demo import till
from marketplace.admin.demo.cast import BRANDS, BRIEFS, DemoBrief
from marketplace.admin.demo.stage import actor
from marketplace.brands.models import Product
from marketplace.briefs import backing, parts, service
from marketplace.briefs.models import Brief

BUDGETED = "trail"  # the others rely on their brand's card


def publish(brief: DemoBrief) -> None:
    """Write and publish one brief; creators have three weeks to apply. Where nobody can pay here, paid ones stay drafts."""
    by = actor(next(brand.email for brand in BRANDS if brand.key == brief.brand))
    blank = parts.blank("USD", "pay_per_post")
    body: dict[str, Any] = blank | deepcopy(brief.body)
    body["audience"] = blank["audience"] | body["audience"]
    body["apply_by"] = (clock.today(by.zone) + timedelta(days=21)).isoformat()
    body["clocks"] = parts.DEFAULT_CLOCKS | body["clocks"]
    gift = parts.part(body, "gift")
    if gift:
        product = db.session.scalars(
            sa.select(Product).where(Product.party_id == by.party_id, Product.value_minor == gift["value"])
        ).one()
        gift["product_id"] = str(product.id)
        body["products"] = [str(product.id)]
    written = service.begin(by=by, body=body)
    if brief.key == BUDGETED and till.can_pay():
        till.pay(backing.fund(written, url_for("briefs.manage", brief_id=written.id), by=by))
    if till.can_pay() or not parts.each(body):
        service.publish(written, by=by)


def find(key: str) -> Brief:
    """A brief of the demo by its key."""
    title = next(brief.body["title"] for brief in BRIEFS if brief.key == key)
    return db.session.scalars(sa.select(Brief).where(Brief.title == title)).one()
