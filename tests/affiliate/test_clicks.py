"""A click is written before the redirect; consent decides what travels; bots never count."""

from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import tokens
from marketplace.affiliate.models import Click, TrackingLink
from marketplace.brands.models import BrandDomain
from tests.affiliate.world import world

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 Safari/604"


def visit(client, link: TrackingLink, query: str = "", method: str = "GET", **headers: str):
    sent = {"User-Agent": PHONE} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open(f"/l/{link.slug}{query}", method=method, headers=sent)


def rows() -> list[Click]:
    return list(db.session.scalars(sa.select(Click).order_by(Click.id)))


def test_a_click_is_recorded_before_the_redirect_with_a_token_that_names_it(client, clock) -> None:
    link = world().affiliate().link
    answer = visit(client, link, "?s1=bio", Referer="https://blog.example/post?secret=1")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "private, no-store"
    [click] = rows()
    token = tokens.read(parse_qs(urlsplit(answer.location).query)["ref_click"][0])
    assert token is not None
    assert (token.link_id, token.click_id, token.at) == (link.id, click.id, time.now())
    assert (click.label, click.device, click.referrer_host, click.sub_ids) == (
        "",
        "phone",
        "blog.example",
        {"s1": "bio"},
    )
    assert "gw_visit=" in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]


def test_two_clicks_of_one_consented_browser_can_be_joined(client, clock) -> None:
    link = world().affiliate().link
    visit(client, link)
    visit(client, link)
    first, second = rows()
    assert first.browser == second.browser is not None


def test_without_consent_only_the_slug_travels(client, clock) -> None:
    link = world(consent="required").affiliate().link
    unknown, refused, signal = (
        visit(client, link), visit(client, link, "?consent=0"), visit(client, link, "?consent=1", Sec_GPC="1"),
    )  # fmt: skip
    for answer in (unknown, refused, signal):
        assert parse_qs(urlsplit(answer.location).query) == {"ref": [link.slug]}
        assert "Set-Cookie" not in answer.headers
    assert [row.browser for row in rows()] == [None, None, None]
    assert "ref_click=" in visit(client, link, "?consent=1").location


def test_heads_bots_and_prefetches_are_kept_labelled_and_get_no_token(client, clock) -> None:
    link = world().affiliate().link
    answers = [
        visit(client, link, method="HEAD"),
        visit(client, link, User_Agent="Googlebot/2.1 (+http://www.google.com/bot.html)"),
        visit(client, link, User_Agent=""),
        visit(client, link, Sec_Purpose="prefetch;prerender"),
    ]
    assert [row.label for row in rows()] == ["head", "bot", "bot", "prefetch"]
    assert not any("ref_click" in answer.location for answer in answers)


def test_a_link_whose_domain_is_lost_leads_nowhere(client, clock) -> None:
    link = world().affiliate().link
    db.session.execute(sa.update(BrandDomain).values(verified_at=None))
    assert visit(client, link).status_code == 404
    assert visit(client, TrackingLink(slug="unknown")).status_code == 404
    assert rows() == []


def test_a_forged_or_mangled_token_says_nothing(clock) -> None:
    link = world().affiliate().link
    token = tokens.sign(link.id, link.id, time.now())
    assert tokens.read(token)
    for bad in (token[:9] + ("A" if token[9] != "A" else "B") + token[10:], token[1:], "", "%%%", "ü", "A" * 75):
        assert tokens.read(bad) is None


def test_no_address_of_a_visitor_is_kept(clock) -> None:
    assert not {"ip", "address", "remote_addr"} & set(Click.__table__.columns.keys())
