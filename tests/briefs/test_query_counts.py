"""Every page asks the database a stated number of questions, however many rows it shows."""

import pytest

from marketplace import db
from marketplace.brands import service as brands
from marketplace.creators import service as creators
from tests import factories
from tests.pages_of_deals import counted

SESSION = 3  # who is signed in, as whom, with which parties
NAV = 2  # the instance, unread notifications


@pytest.mark.parametrize(("count"), [1, 12])
def test_browsing_costs_the_same_for_one_brief_and_for_twelve(client, count) -> None:
    for number in range(count):
        factories.published_brief(factories.brand(party_name=f"Brand {number}"))
    with counted() as asked:
        client.get("/briefs")
    assert len(asked) <= 5 + NAV, asked


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("nobody", "/briefs/{brief}", 6),
        ("nobody", "/@{handle}", 6),
        ("nobody", "/brands/{slug}", 8),
        ("creator", "/briefs/{brief}", 9),
        ("creator", "/profile", 6),
        ("creator", "/profile/rates", 4),
        ("brand", "/brand/briefs", 2),
        ("brand", "/brand/briefs/{brief}", 8),
        ("brand", "/brand/briefs/{brief}/edit", 4),
        ("brand", "/brand/products", 2),
        ("brand", "/brand/domains", 3),
    ],
)
def test_a_page_asks_no_more_than_this(client, who, path, most) -> None:
    brand, cleo = factories.brand(), factories.creator()
    brief = factories.published_brief(brand)
    people = {"creator": cleo, "brand": brand}
    if who in people:
        client.sign_in(people[who])
    address = path.format(
        brief=db.short(brief.id),
        handle=creators.profile_of(cleo.party.id).handle,
        slug=brands.profile_of(brand.party.id).slug,
    )
    db.session.commit()
    db.session.expunge_all()
    with counted() as asked:
        assert client.get(address).status_code == 200
    assert len(asked) <= most + (SESSION + NAV if who in people else NAV), "\n\n".join(asked)
