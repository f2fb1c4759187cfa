"""The page that tells a shop's developer what to send: what it shows is taken as it stands."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.affiliate import conversions
from marketplace.affiliate.incoming import read_json
from marketplace.affiliate.sales_models import Line
from tests.affiliate import shop as sending
from tests.affiliate.test_pages import page, short
from tests.affiliate.world import World, world


def samples(client, here: World) -> list[str]:
    """What stands in the page's blocks of code."""
    client.sign_in(here.brand)
    found = page(client, f"/brand/programs/{short(here.program)}/shop")
    return [block.get_text() for block in found.find_all("pre")]


@pytest.mark.parametrize("consent", ["required", "not_required"])
def test_the_sample_shows_what_the_programs_visitors_bring_and_credits_with_it(client, clock, consent) -> None:
    here = world(consent=consent)
    friend = here.affiliate()
    order, refund = samples(client, here)
    assert ("link" in json.loads(order), "clicks" in json.loads(order)) == (
        consent == "required",
        consent == "not_required",
    )
    filled = order.replace("value-of-ref_click", sending.click(friend.link)).replace("value-of-ref", friend.link.slug)
    clock.travel(timedelta(days=10))
    shop = sending.open_shop(here)
    news = [read_json(json.loads(text), source="postback", source_event_id=text[:40]) for text in (filled, refund)]
    assert [verdict.word for verdict in conversions.take(shop, news)] == ["accepted", "accepted"]
    bases = db.session.scalars(sa.select(Line.base_minor).order_by(Line.base_minor))
    assert list(bases) == [-900, 1800]  # what the page says beside its samples


def test_the_sample_holds_no_curly_apostrophe_and_the_field_list_names_link_clicks_and_refunds(client, clock) -> None:
    here = world(consent="required")
    assert not any("’" in text for text in samples(client, here))
    found = BeautifulSoup(client.get(f"/brand/programs/{short(here.program)}/shop").text, "html.parser")
    names = {term.text for term in found.find_all("dt")}
    assert {"link", "clicks", "tax", "lines", "amount", "shipping"} <= names
    assert "it is taken off the amounts, not added" in found.text
    assert [code.text for code in found.select("p code.nowrap")] == ["?ref=…", "?ref_click=…"]
    assert "Sent under the wrong name, either credits nobody." in found.text
