"""Reads a shop's CSV of orders row by row: which column is what, and what is wrong with a row.

Rows that follow each other with one order number are the lines of one order. A date without a time
is noon in the program's zone, a time without an offset is that zone's. Amounts are decimal text;
in a file with semicolons the comma may stand for the point, as spreadsheets of those countries write.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import BinaryIO
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from marketplace import clock
from marketplace.affiliate.incoming import LONGEST, Incoming, LineIn, impossible, words
from marketplace.affiliate.models import Program
from marketplace.affiliate.tokens import email_digest
from marketplace.errors import Refused
from marketplace.money import Money

# What a column may be, its name for people, and the headings we recognise it by.
FIELDS = {
    "order_id": (_("Order number"), ("order_id", "order", "order number", "order id", "name", "id")),
    "placed_at": (
        _("Date or time"),
        ("ordered_on", "placed_at", "date", "created at", "order date", "paid at", "time"),
    ),
    "amount": (_("Amount"), ("amount", "line amount", "price", "subtotal", "net", "total")),
    "currency": (_("Currency"), ("currency", "currency code")),
    "quantity": (_("Quantity"), ("quantity", "qty", "lineitem quantity")),
    "product": (_("Product"), ("product", "item", "sku", "lineitem name", "title")),
    "tax": (_("Tax in the amount"), ("tax", "taxes", "vat")),
    "shipping": (_("Shipping"), ("shipping", "shipping amount")),
    "discount": (_("Discount"), ("discount", "discount amount")),
    "code": (_("Discount code"), ("code", "coupon", "discount code", "coupon code", "voucher")),
    "click": (_("Click token"), ("ref_click", "click", "click token")),
    "link": (_("Link name"), ("ref", "link", "slug")),
    "customer": (_("Customer number"), ("customer_id", "customer", "customer id")),
    "email": (_("Customer’s e-mail"), ("email", "e-mail", "customer email")),
}
NEEDED = ("order_id", "placed_at", "amount")
# What a person should know of a column before she sends it.
NOTES = {
    "order_id": _("Rows below each other with one number are the lines of one order."),
    "placed_at": _("Such as 2026-03-02 or 2026-03-02 14:30. A date without a time is noon."),
    "amount": _("Of the whole line, tax included, before the discount; never negative."),
    "currency": _("Where it stands, it must be the program’s."),
    "tax": _("Taken off the amount before a commission is counted."),
    "shipping": _("Of the order, in its first row. Earns no commission."),
    "discount": _("Of the line. Taken off the amount."),
    "code": _("Several with a space between."),
    "click": _("The ref_click of the address a visitor came to; several with a space between."),
    "link": _("The ref of the address a visitor came to."),
    "email": _("Kept only as a digest. An affiliate’s own order earns nothing."),
}
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Found:
    """One order of the file, or what is wrong with its row. `row` counts from 1 with the heading; `repeated`:
    how many of its rows say word for word what another says.
    """

    row: int
    number: str
    order: Incoming | None
    problem: str = ""
    repeated: int = 0


def sample(program: Program) -> list[list[str]]:
    """A heading and two lines of one order that can be read as they stand, with what this program's visitors bring."""
    paid, tax, less = (Money.parse(text, program.currency).plain() for text in ("24", "4", "2"))
    mark = "link" if program.consent == "required" else "click"
    first = {
        "order_id": "sample-1", "placed_at": "2026-03-02 14:30", "amount": paid, "currency": program.currency,
        "quantity": "2", "product": "Tea", "tax": tax, "shipping": tax, "discount": less,
        "code": "MAYA10", mark: f"value-of-{FIELDS[mark][1][0]}", "customer": "77", "email": "ann@example.com",
    }  # fmt: skip
    second = first | {"quantity": "1", "product": "Tin", "shipping": "", "discount": ""}
    return [[FIELDS[name][1][0] for name in first], list(first.values()), list(second.values())]


class _Bad(ValueError):
    """A row that cannot be read, in a sentence."""


def headings(stream: BinaryIO) -> list[str]:
    """The first row's cells. Raises Refused (415) when this is no CSV with a heading."""
    return _head(stream)[0]


def _head(stream: BinaryIO) -> tuple[list[str], str]:
    """The first row's cells and what stands between them."""
    text = _text(stream)
    try:
        first = text.readline(65_536)
        cells = next(csv.reader([first], delimiter=_delimiter(first)), [])
    except (UnicodeDecodeError, csv.Error):
        raise Refused(_not_a_csv(), status=415, field="file") from None
    finally:
        text.detach()
    cleaned = [cell.strip() for cell in cells]
    if not any(cleaned) or len(cleaned) > MOST_COLUMNS or any(not cell.isprintable() for cell in cleaned):
        raise Refused(_not_a_csv(), status=415, field="file")
    return cleaned, _delimiter(first)


def guess(columns: list[str]) -> dict[str, str]:
    """Which column is probably what, by its heading: field → heading."""
    known = {re.sub(r"\s+", " ", column.lower()): column for column in reversed(columns)}
    mapping: dict[str, str] = {}
    for name, (_label, synonyms) in FIELDS.items():
        column = next((known[word] for word in synonyms if word in known), None)
        if column is not None and column not in mapping.values():
            mapping[name] = column
    return mapping


def read(stream: BinaryIO, mapping: Mapping[str, str], program: Program) -> Iterator[Found]:
    """Every order of a file, in its order, never more than one in memory."""
    columns, delimiter = _head(stream)
    missing = [str(FIELDS[name][0]) for name in NEEDED if mapping.get(name) not in columns]
    if missing:
        raise Refused(gettext("Say which column is: %(names)s.", names=", ".join(missing)), status=422)
    where = {name: columns.index(column) for name, column in mapping.items() if column in columns}
    stream.seek(0)
    money = partial(_money, currency=program.currency, comma=delimiter == ";")
    seen: set[str] = set()
    number_of = where["order_id"]
    for number, rows in groupby(_rows(stream), key=lambda row: _cell(row[1], number_of)):
        lines = list(rows)
        first = lines[0][0]
        if number in seen and number:
            yield Found(first, number, None, gettext("This order stands further up in the file already."))
            continue
        seen.add(number)
        try:
            cells = [cells for _row, cells in lines]
            twice = len(cells) - len({tuple(row) for row in cells})
            yield Found(first, number, _order(number, cells, where, program, money), repeated=twice)
        except _Bad as problem:
            yield Found(first, number, None, str(problem))


def _rows(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    text, row = _text(stream), 1
    reader = csv.reader(text, delimiter=_delimiter(text.readline(65_536)), strict=True)
    try:
        for row, cells in enumerate(reader, start=2):
            if any(cell.strip() for cell in cells):
                yield row, cells
    except csv.Error:
        says = gettext(
            "After row %(n)s a quotation mark stands alone, or a cell is too long; nothing below can be read.", n=row
        )
        raise Refused(says, status=415, field="file") from None
    except UnicodeDecodeError:
        raise Refused(_not_a_csv(), status=415, field="file") from None
    finally:
        text.detach()


def _order(
    number: str, rows: list[list[str]], where: Mapping[str, int], program: Program, money: Callable[..., int]
) -> Incoming:
    if not number or len(number) > LONGEST or not number.isprintable():
        raise _Bad(gettext("The order number is missing, or is not plain text."))
    cells = {name: _cell(rows[0], position) for name, position in where.items()}
    currency = (cells.get("currency") or program.currency).upper()
    if currency != program.currency:
        raise _Bad(gettext("This program settles in %(own)s; the order is in %(other)s.",
                           own=program.currency, other=currency[:10]))  # fmt: skip
    lines = tuple(_line([_cell(row, i) for i in range(len(row))], where, money) for row in rows)
    return Incoming(
        kind="paid",
        number=number,
        occurred_at=_moment(cells["placed_at"], program.zone),
        currency=currency,
        source="csv",
        source_event_id=number,
        lines=lines,
        shipping=money(cells.get("shipping", "")),
        codes=tuple((code, 0) for code in re.split(r"[\s;,]+", words(cells.get("code"))) if code),
        clicks=tuple(words(cells.get("click")).split()),
        link=words(cells.get("link")),
        customer=words(cells.get("customer")),
        email=email_digest(cells["email"]) if cells.get("email") else "",
    )


def _line(cells: list[str], where: Mapping[str, int], money: Callable[..., int]) -> LineIn:
    def cell(name: str) -> str:
        return _cell(cells, where[name]) if name in where else ""

    quantity = cell("quantity") or "1"
    if not quantity.isascii() or not quantity.isdigit() or int(quantity) > 1_000_000:
        raise _Bad(gettext("“%(text)s” is not a whole number of things.", text=quantity[:40]))
    return LineIn(
        amount=money(cell("amount"), needed=True),
        discount=money(cell("discount")),
        tax=money(cell("tax")),
        quantity=int(quantity),
        name=words(cell("product")),
    )


def _money(text: str, *, currency: str, comma: bool, needed: bool = False) -> int:
    """Minor units of a cell. `comma`: `1.234,50` is meant as 1234.50, and `10,500` could be read in two ways."""
    if not text:
        if needed:
            raise _Bad(gettext("The amount is missing."))
        return 0
    said = text[:40]
    if comma and re.fullmatch(r"-?\d+(\.\d{3})*,\d{1,2}", said):
        text = said.replace(".", "").replace(",", ".")
    elif comma and "," in said:
        raise _Bad(gettext("“%(text)s” can be read in two ways. Write it as 1050.00.", text=said))
    try:
        minor = Money.parse(text[:40], currency).minor
    except ValueError:
        raise _Bad(gettext("“%(text)s” is not an amount in %(currency)s.", text=said, currency=currency)) from None
    if minor < 0:
        raise _Bad(gettext("An amount is never negative here; refunds come by the shop’s own messages, or you enter them on the order’s page."))
    return minor


def _moment(text: str, zone: str) -> datetime:
    try:
        day_only = text.replace("-", "").isalnum() and len(text) <= 10
        found = clock.noon(date.fromisoformat(text), zone) if day_only else datetime.fromisoformat(text)
    except ValueError:
        raise _Bad(gettext("“%(text)s” is not a date such as 2026-03-02.", text=text[:40])) from None
    if found.year < 2 or found.year > 9998:
        raise _Bad(gettext("This time is too long ago."))
    aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    if day_only and aware.astimezone(ZoneInfo(zone)).date() == clock.today(zone):
        return aware  # noon of today may still be to come
    if wrong := impossible(aware):
        raise _Bad(wrong)
    return aware


def _cell(cells: list[str], position: int) -> str:
    return cells[position].strip() if position < len(cells) else ""


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def _not_a_csv() -> str:
    return gettext("This is not a CSV file in UTF-8 with a heading in its first row.")
