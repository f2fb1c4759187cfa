"""Closing, posting and receiving at the same moment, on real connections: one statement, one order, one answer."""

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import shops, statements
from marketplace.affiliate.incoming import read_json
from marketplace.affiliate.models import InboundConflict, InboundEvent, Program, Shop
from marketplace.affiliate.sales_models import Line, Order, Statement
from tests import factories
from tests.affiliate.shop import body, open_shop, order, take
from tests.affiliate.world import world
from tests.payments.threads import at_once, committed_database
from tests.services import Services

MARCH = datetime(2026, 3, 2, 12, tzinfo=UTC)
LAST_OF_MARCH = datetime(2026, 3, 31, 12, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, 12, tzinfo=UTC)


def test_a_month_closed_by_three_at_once_while_orders_arrive_is_closed_once_and_takes_nothing_later(
    app: Flask, services: Services
) -> None:
    with committed_database(services, "closing"):
        factories.instance()
        with time.at(MARCH):
            here = world()
            here.affiliate(code="TEA")
            shop = open_shop(here)
            take(shop, *[order(1000, codes=(("TEA", 0),)) for _ in range(5)])
            program_id, shop_id = here.program.id, shop.id
        db.session.commit()

        def close() -> int:
            with time.at(APRIL):
                return len(statements.close_due(db.session.get_one(Program, program_id)))

        def late(number: int) -> list[str]:
            with time.at(LAST_OF_MARCH):
                sale = order(1000, number=f"late-{number}", codes=(("TEA", 0),))
                return take(db.session.get_one(Shop, shop_id), sale)

        written = at_once(app, [close, lambda: late(1), close, lambda: late(2), lambda: late(1), close])
        assert sorted(result for result in written if isinstance(result, int)) == [0, 0, 1]
        row = db.session.scalars(sa.select(Statement)).one()
        inside = sa.select(sa.func.count(), sa.func.sum(Line.amount_minor)).where(Line.posted_at < row.period_end)
        assert tuple(db.session.execute(inside).one()) == (row.line_count, row.earned_minor)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Order)) == 7

        one, two = body("R-1"), body("R-1", "7.00")

        def receive(payload: bytes) -> str | None:
            news = read_json(json.loads(payload), source="postback", source_event_id="k")
            found = shops.receive(db.session.get_one(Shop, shop_id), "k", news, payload)
            return found and str(found.id)

        answers = at_once(app, [lambda p=p: receive(p) for p in (one, two) * 5])
        assert len(set(answers)) == 2, answers  # the stored answer to one payload, a conflict to the other
        assert answers.count(None) == 5
        assert db.session.scalar(sa.select(sa.func.count()).select_from(InboundEvent)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(InboundConflict)) == 5
