"""Random streams of news against an independent model: the same balances in any order that respects
causality, whatever arrives twice, never below nothing or above what was first earned."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import documents, statements
from marketplace.affiliate.incoming import Incoming, LineIn
from marketplace.affiliate.sales_models import Line, Statement
from tests import ledger
from tests.affiliate.shop import click, open_shop, take
from tests.affiliate.world import world

RATE = 777  # basis points
_number = itertools.count(1)

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("refunded"), st.integers(0, 1), st.integers(0, 3000)),
        st.tuples(st.just("spread"), st.just(0), st.integers(0, 5000)),
        st.tuples(st.sampled_from(["spread", "whole", "cancelled"]), st.just(0), st.just(0)),
        st.tuples(st.sampled_from(["disputed", "dispute_lost", "dispute_won"]), st.integers(1, 2), st.just(0)),
        st.tuples(st.sampled_from(["dispute_lost", "dispute_won"]), st.just(1), st.just(0)),
    ),
    max_size=8,
)
orders = st.lists(st.tuples(st.lists(st.integers(0, 4000), min_size=2, max_size=2), happenings), min_size=3, max_size=6)


def rounded(amount: int) -> int:
    """The model's own rounding, for amounts that are not negative."""
    return (amount * RATE * 2 + 10_000) // 20_000


def model(amounts: list[int], events: list[tuple[str, int, int]]) -> tuple[int, int]:
    """What an order still earns at least and at most: exact but for where a spread cent falls."""
    last: dict[int, str] = {}
    named, spread, gone = [0, 0], 0, False
    for kind, which, amount in events:
        if kind == "refunded":
            named[which] += amount
        elif kind == "spread":
            spread += amount
        elif kind in ("whole", "cancelled"):
            gone = True
        elif kind != "disputed":  # opening one only holds
            last[which] = kind
    if gone or "dispute_lost" in last.values():
        return 0, 0
    left = [max(0, amount - off) for amount, off in zip(amounts, named, strict=True)]
    rest = max(0, sum(left) - spread)
    if rest == sum(left):
        exact = sum(rounded(amount) for amount in left)
        return exact, exact
    if rest == 0:
        return 0, 0
    near = rounded(rest)
    return max(0, near - 2), near + 2


def news_of(amounts: list[int], events: list[tuple[str, int, int]], token: str) -> list[Incoming]:
    """The order and what happens to it, an hour apart, as the shop would tell it."""
    number, placed = f"S-{next(_number)}", time.now()
    lines = tuple(LineIn(amount) for amount in amounts)
    stream = [Incoming("paid", number, placed, "USD", "postback", f"{number} paid", lines=lines, clicks=(token,))]
    for hour, (kind, which, amount) in enumerate(events, start=1):
        at, id = placed + timedelta(hours=hour), f"{number} {hour}"
        more: dict = {}
        if kind == "refunded":
            more = {"parts": {which: amount}}
        elif kind == "spread":
            more = {"amount": amount}
        elif kind.startswith("dispute"):
            more = {"reference": f"d{which}"}
        word = "refunded" if kind in ("spread", "whole") else kind
        stream.append(Incoming(word, number, at, "USD", "postback", id, **more))
    return stream


def deliver(shop, stream: list[Incoming], chance: random.Random) -> None:
    """In random order, in random batches, some of it twice; what waits is sent again until it is taken."""
    pending = stream + [item for item in stream if chance.random() < 0.3]
    chance.shuffle(pending)
    while pending:
        size = chance.randint(1, len(pending))
        batch, pending = pending[:size], pending[size:]
        words = take(shop, *batch)
        pending += [item for item, word in zip(batch, words, strict=True) if word == "waiting"]


def net() -> list[int]:
    query = sa.select(sa.func.sum(Line.amount_minor)).group_by(Line.conversion_id)
    return sorted(int(total) for total in db.session.scalars(query))


def in_a_savepoint(shop, stream: list[Incoming], chance: random.Random) -> list[int]:
    with db.session.begin_nested() as savepoint:
        deliver(shop, stream, chance)
        found = net()
        savepoint.rollback()
    db.session.expire_all()
    return found


@pytest.mark.parametrize("late", [False, True])
def test_a_dispute_opened_again_after_it_was_lost_earns_nothing_whichever_news_comes_first(clock, late: bool) -> None:
    here = world(rules=({"name": "7.77 %", "when": {}, "percent_bps": RATE},))
    friend, shop = here.affiliate(), open_shop(here)
    paid, lost, opened = news_of([1629, 62], [("dispute_lost", 1, 0), ("disputed", 1, 0)], click(friend.link))
    take(shop, paid)
    for item in (opened, lost) if late else (lost, opened):
        take(shop, item)
    assert net() == [0]


def test_any_order_of_arrival_any_repetition_ends_at_the_models_balances(clock) -> None:
    here = world(rules=({"name": "7.77 %", "when": {}, "percent_bps": RATE},))
    friend, shop = here.affiliate(), open_shop(here)
    token = click(friend.link)

    @settings(
        max_examples=30,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a failing stream repeats by its seed; shrinking it took minutes
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(orders, st.integers(0, 2**32))
    def run(sales, seed) -> None:
        chance = random.Random(seed)
        stream = [item for amounts, events in sales for item in news_of(amounts, events, token)]
        first = in_a_savepoint(shop, stream, chance)
        assert in_a_savepoint(shop, stream, chance) == first
        bounds = [model(amounts, events) for amounts, events in sales]
        lowest, highest = sorted(low for low, _ in bounds), sorted(high for _, high in bounds)
        assert all(low <= ours <= high for low, ours, high in zip(lowest, first, highest, strict=True))
        originals = sorted(sum(rounded(amount) for amount in amounts) for amounts, _ in sales)
        assert sum(first) <= sum(originals)

    run()


def test_statements_over_random_months_always_add_up_and_render_the_same(clock) -> None:
    here = world(hold_days=20, minimum=300)
    friend, shop = here.affiliate(), open_shop(here)
    chance = random.Random(4711)
    rendered: dict = {}
    stream: list[Incoming] = []
    for _day in range(40):
        clock.travel(timedelta(days=4))
        if chance.random() < 0.8:
            events = [("refunded", 0, chance.randint(0, 900)), ("disputed", 1, 0)][: chance.randint(0, 2)]
            stream += news_of([chance.randint(0, 3000), chance.randint(0, 500)], events, click(friend.link))
        ready = [item for item in stream if item.occurred_at <= time.now()]
        stream = [item for item in stream if item.occurred_at > time.now()]
        take(shop, *ready)
        statements.close_due(here.program)
        for row in db.session.scalars(sa.select(Statement)):
            text = documents.canonical(row)
            assert rendered.setdefault(row.id, text) == text
    ledger.check("A")
    assert len(rendered) >= 5
    last = db.session.scalars(sa.select(Statement).order_by(Statement.number.desc()).limit(1)).one()
    posted = db.session.scalar(sa.select(sa.func.sum(Line.amount_minor)).where(Line.posted_at < last.period_end))
    assert last.closing_minor == posted
