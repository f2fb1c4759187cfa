"""Background work of affiliate programs, and what runs by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from marketplace import jobs
from marketplace.affiliate import shops
from marketplace.jobs import Scheduled, job


@job
def work_shop(shop_id: UUID) -> None:
    """Turn what a shop sent into orders and lines, a batch at a time."""
    shops.work(shop_id, again=lambda id: jobs.enqueue(work_shop, id))


@job
def sweep() -> None:
    """Work what a lost hint left behind."""
    for shop_id in shops.idle_shops():
        jobs.enqueue(work_shop, shop_id)


SCHEDULE = [Scheduled("affiliate.orders", timedelta(minutes=1), sweep, "work orders a lost hint left behind")]
