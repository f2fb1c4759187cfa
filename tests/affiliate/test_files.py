"""Files of orders as shops and spreadsheets really write them: read as meant, or refused in words."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.affiliate import imports, spreadsheet
from marketplace.affiliate.models import Import
from marketplace.affiliate.sales_models import Order
from marketplace.errors import Refused
from tests.affiliate.world import World, world

HEAD = "order,date,amount,coupon\n"


@pytest.fixture
def here(clock) -> World:
    made = world()
    made.affiliate(code="TEA")
    return made


def look(here: World, text: str | bytes) -> Import:
    content = text if isinstance(text, bytes) else text.encode()
    return imports.upload(here.program, content, "orders.csv", by=here.brand.actor)


def says(row: Import) -> list[str]:
    return [error["says"] for error in row.report["errors"]]


def test_byte_order_marks_semicolons_and_every_line_ending_are_read(here) -> None:
    for text in (
        "\ufeff" + HEAD + "A1,2026-03-01,10.50,TEA\n",
        "order;date;amount;coupon\r\nA1;2026-03-01;10.50;TEA\r\n",
        HEAD.replace("\n", "\r") + "A1,2026-03-01,10.50,TEA\r",
        HEAD.replace(",", "\t") + "A1\t20260301\t10.50\tTEA",
    ):
        report = look(here, text).report
        assert report["counts"] == {"new": 1, "base_minor": 1050, "touched": 1}, text
        assert report["sample"][0]["at"] == "2026-03-01T17:00:00+00:00", text  # a date is noon in New York


def test_a_decimal_comma_is_never_read_as_thousands(here) -> None:
    row = look(here, HEAD + 'A1,2026-03-01,"10,50",\nA2,2026-03-01,"1,050.00",\n')
    assert row.report["counts"]["base_minor"] == 105_000
    assert says(row) == ["“10,50” is not an amount in USD."]
    row = look(here, "order;date;amount\nA1;2026-03-01;10,50\nA2;2026-03-01;1.234,5\nA3;2026-03-01;10,500\n")
    assert row.report["counts"]["base_minor"] == 1050 + 123_450
    assert says(row) == ["“10,500” can be read in two ways. Write it as 1050.00."]


def test_a_quotation_mark_that_stands_alone_swallows_no_rows(here) -> None:
    text = 'order,date,amount,product\nA1,2026-03-01,10.00,Tin\nA2,2026-03-01,10.00,"Mug\nA3,2026-03-01,10.00,Cup\n'
    with pytest.raises(Refused, match="After row 2 a quotation mark stands alone"):
        look(here, text)


def test_other_encodings_are_refused_and_nul_characters_stop_no_import(here) -> None:
    for content in (
        "order,date,amount\nA1,2026-03-01,1.00\n".encode("utf-16"),
        HEAD.encode() + b"A1,2026-03-01,1,\xfc\n",
    ):
        with pytest.raises(Refused, match="not a CSV file in UTF-8"):
            look(here, content)
    row = look(here, "order,date,amount,coupon,ref,ref_click\nA1,2026-03-01,1.00,T\0EA,\0x,\0y\n")
    imports.begin(row, by=here.brand.actor)
    imports.finish(row, by=here.brand.actor)
    assert row.report["done"] == {"accepted": 1}


def test_a_row_twice_word_for_word_is_pointed_out_before_it_counts(here) -> None:
    row = look(
        here, HEAD + "A1,2026-03-01,10.00,TEA\nA1,2026-03-01,10.00,TEA\nA2,2026-03-01,5.00,\nA1,2026-03-01,1.00,\n"
    )
    assert row.report["counts"]["repeated"] == 1
    assert row.report["repeated"] == [{"row": 2, "order": "A1", "rows": 1}]
    assert says(row) == ["This order stands further up in the file already."]
    assert db.session.scalars(sa.select(Order)).all() == []


@pytest.mark.parametrize(("consent", "mark"), [("required", "link"), ("not_required", "click")])
def test_the_page_names_every_column_and_its_sample_can_be_sent_as_it_stands(client, clock, consent, mark) -> None:
    clock.travel(timedelta(days=1))
    here = world(consent=consent)
    client.sign_in(here.brand)
    address = f"/brand/programs/{db.short(here.program.id)}/import"
    found = BeautifulSoup(client.get(address).text, "html.parser")
    names = {term.text for term in found.find_all("dt")}
    assert {str(label) for label, _headings in spreadsheet.FIELDS.values()} <= names
    answer = client.get(found.find("a", href=lambda href: href and href.endswith("sample.csv"))["href"], buffered=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=orders-sample.csv"
    assert answer.data.decode("utf-8-sig").split() == found.find("pre").text.split()
    row = look(here, answer.data)
    assert set(row.mapping) == set(spreadsheet.FIELDS) - ({"link", "click"} - {mark})
    # Two lines of 24.00 less 4.00 tax, the first less 2.00 of discount.
    assert row.report["counts"] == {"new": 1, "base_minor": 3800, "touched": 1}
