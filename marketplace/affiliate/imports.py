"""Importing a CSV of orders: stored, checked, shown, and only then written.

The check (dry run) says what the file would change: new orders, known ones, ones that differ from
what we have, rows that cannot be read. Importing the same file again changes nothing.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, files
from marketplace.affiliate import conversions, shops, spreadsheet
from marketplace.affiliate.commissions import bases
from marketplace.affiliate.events import OrdersImported
from marketplace.affiliate.models import Import, Program, Shop
from marketplace.affiliate.sales_models import Order
from marketplace.affiliate.spreadsheet import Found
from marketplace.affiliate.states import IMPORT, ImportState
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.files import StoredFile
from marketplace.lifecycle import advance
from marketplace.money import Money

BATCH = 1000  # orders worked at once
SHOWN = 50  # differences and bad rows kept in the report; all are counted


def upload(program: Program, content: bytes, name: str, *, by: Actor) -> Import:
    """Keep a file, guess its columns and look through it. Raises Refused (415) when it is no CSV."""
    columns = spreadsheet.headings(io.BytesIO(content))
    stored = files.store_bytes(content, name, "text/csv", party_id=program.brand_party_id)
    row = Import(
        id=db.new_id(),
        program_id=program.id,
        shop_id=shop_of(program).id,
        file_id=stored.id,
        name=stored.name,
        mapping=spreadsheet.guess(columns),
        report={"columns": columns},
        state=ImportState.CHECKED.value,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    if all(name in row.mapping for name in spreadsheet.NEEDED):
        check(row, row.mapping)
    return row


def check(row: Import, mapping: dict[str, str]) -> Import:
    """The dry run: read the whole file and write down what it would change."""
    if row.state != ImportState.CHECKED:
        raise Refused(IMPORT.moves["begin"].says)
    program = db.session.get_one(Program, row.program_id)
    report: dict[str, Any] = {
        "columns": row.report["columns"],
        "different": [],
        "errors": [],
        "repeated": [],
        "sample": [],
    }
    counts: Counter[str] = Counter()
    for batch in _batches(row, mapping, program):
        known = conversions.orders_by_number(row.shop_id, {found.number for found in batch})
        for found in batch:
            _judge(found, known.get(found.number), report, counts)
    row.mapping = mapping
    row.report = report | {"counts": dict(counts)}
    db.session.flush()
    return row


def begin(row: Import, *, by: Actor) -> Import:
    """Write the orders, in the background: `finish` does it."""
    if "counts" not in row.report:
        raise Refused(gettext("Say first which column is what."), status=422)
    return advance(IMPORT, row, "begin", by=by)


def finish(row: Import, *, by: Actor) -> Import:
    """Work the whole file. Rows that cannot be read are left out, as the check said."""
    if row.state != ImportState.IMPORTING:
        return row
    program = db.session.get_one(Program, row.program_id)
    shop = db.session.get_one(Shop, row.shop_id)
    counts: Counter[str] = Counter()
    for batch in _batches(row, row.mapping, program):
        orders = [found.order for found in batch if found.order]
        verdicts = conversions.take(shop, orders)
        counts.update(verdict.word for verdict in verdicts)
        fresh = {order.number for order, verdict in zip(orders, verdicts, strict=True) if verdict.word == "accepted"}
        shops.wake(shop.id, fresh)
    while shops.work(shop.id):
        pass
    row.report = row.report | {"done": dict(counts)}
    row.imported_at = clock.now()
    fact = OrdersImported(row.id, program.id, counts["accepted"])
    return advance(IMPORT, row, "finish", by=by, fact=fact)


def unfinished() -> list[UUID]:
    """Files whose writing was begun and has not ended."""
    query = sa.select(Import.id).where(Import.state == ImportState.IMPORTING)
    return list(db.session.scalars(query.order_by(Import.id)))


def shop_of(program: Program) -> Shop:
    """The shop whose orders a file of this program holds: its first."""
    return db.session.scalars(
        sa.select(Shop).where(Shop.program_id == program.id).order_by(Shop.created_at, Shop.id).limit(1)
    ).one()


def _batches(row: Import, mapping: dict[str, str], program: Program) -> Iterator[list[Found]]:
    with files.stream(db.session.get_one(StoredFile, row.file_id)) as stream:
        orders = spreadsheet.read(stream, mapping, program)
        while batch := list(islice(orders, BATCH)):
            yield batch


def _judge(found: Found, known: Order | None, report: dict[str, Any], counts: Counter[str]) -> None:
    """Put one order of the file where it belongs in the report."""
    order = found.order
    if order is None:
        counts["errors"] += 1
        _keep(report["errors"], {"row": found.row, "order": found.number[:60], "says": found.problem})
        return
    if found.repeated:
        counts["repeated"] += 1
        _keep(report["repeated"], {"row": found.row, "order": found.number[:60], "rows": found.repeated})
    base = sum(line.base for line in bases(order.lines, tax=order.tax, discount=order.discount))
    if known is None:
        counts["new"] += 1
        counts["base_minor"] += base
        counts["touched"] += bool(order.codes or order.clicks or order.link)
        if len(report["sample"]) < 5:
            day = order.occurred_at.isoformat()
            report["sample"].append({"order": order.number, "at": day, "base_minor": base})
        return
    if known.digest == order.digest():
        counts["known"] += 1
        return
    counts["different"] += 1
    in_file = {"placed_at": order.occurred_at.isoformat(), "base": Money(base, order.currency).plain()}
    stored = {"placed_at": known.placed_at.isoformat(), "base": known.base.plain()}
    _keep(report["different"], {"row": found.row, "order": found.number, "file": in_file, "stored": stored})


def _keep(kept: list[dict[str, Any]], item: dict[str, Any]) -> None:
    if len(kept) < SHOWN:
        kept.append(item)
