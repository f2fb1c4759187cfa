"""A brand's own page, its products, and how it proves who it is."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.brands import domains, names, queries, service
from marketplace.errors import Refused
from tests import factories
from tests import factories_deals as deals
from tests.pages_of_deals import read


@pytest.fixture
def brand(client):
    owner = factories.brand(verified=False)
    client.sign_in(owner)
    return owner


@pytest.fixture
def site() -> Iterator[list[bytes]]:
    """A brand's website on this machine: what it answers at the well-known address."""
    answer = [b""]

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == domains.PATH and answer[0] else 404)
            self.end_headers()
            self.wfile.write(answer[0])

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    answer.append(f"127.0.0.1:{server.server_port}".encode())
    yield answer
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_on_its_domain_verifies_the_brand(client, brand, site) -> None:
    client.submit("/brand/domains", {"domain": site[1].decode()})
    (row,) = queries.domains(brand.party.id)
    check = f"/brand/domains/{db.short(row.id)}/check"
    client.submit(check)
    assert not queries.may_reach_creators(brand.party.id)  # the file is not there yet
    site[0] = row.token.encode() + b"\n"
    assert client.submit(check).status_code == 303
    assert queries.may_reach_creators(brand.party.id)
    assert queries.proven_domains(brand.party.id) == [row.domain]
    assert "Your brand is verified" in client.get("/brand/domains").text


def test_a_domain_somebody_else_has_proven_stays_theirs(brand, site) -> None:
    first = domains.prove(domains.add(brand.party.id, site[1].decode(), by=brand.actor), "file", by=brand.actor)
    other = factories.brand("Olga Other", party_name="Other", verified=False)
    with pytest.raises(Refused, match="Another brand"):
        domains.prove(domains.add(other.party.id, first.domain, by=other.actor), "file", by=other.actor)


@pytest.mark.parametrize("name", ["", "nodot", "http://", "a b.com", "-x.com", "169.254.169.254", "x" * 300 + ".com"])
def test_what_is_no_domain_is_refused(client, brand, name) -> None:
    answer = client.submit("/brand/domains", {"domain": name})
    assert answer.status_code == 422
    assert not queries.domains(brand.party.id)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:5432", "10.0.0.1.nip.io"])
def test_in_production_the_check_never_reaches_inside(app, brand, monkeypatch, name) -> None:
    row = domains.add(brand.party.id, name, by=brand.actor)
    monkeypatch.setattr(domains, "_may_be_loopback", lambda: False)
    with pytest.raises((ValueError, OSError)):
        domains._connect(row.domain)


def test_products_are_added_edited_and_retired(client, brand) -> None:
    sent = {"name": "Ceylon tin", "value": "24.00", "variants": "100 g\n250 g"}
    assert client.submit("/brand/products/new", sent).status_code == 303
    (row,) = queries.products(brand.party.id)
    assert (row.value.minor, row.variants) == (2_400, ["100 g", "250 g"])
    at = f"/brand/products/{db.short(row.id)}"
    assert client.get(at).status_code == 200
    client.submit(at, sent | {"value": "25"})
    assert row.value.minor == 2_500
    client.submit(f"{at}/retire")
    assert queries.products(brand.party.id) == []
    assert "Retired" in client.get("/brand/products").text
    assert client.submit(at, sent).status_code == 422  # bring it back first
    client.submit(f"{at}/return")
    assert queries.products(brand.party.id) == [row]


@pytest.mark.parametrize("value", ["", "-1", "1.001", "free", "1e9"])
def test_a_value_that_is_no_amount_is_refused_beside_its_field(client, brand, value) -> None:
    answer = client.submit("/brand/products/new", {"name": "Tin", "value": value})
    assert answer.status_code == 422
    assert BeautifulSoup(answer.data, "html.parser").find(id="value-error")


def test_the_profile_is_written_and_shown(client, brand) -> None:
    sent = {"site": "https://bramble.example", "category": "tea", "story": "Two sisters and a kettle."}
    assert client.submit("/brand/profile", sent).status_code == 303
    assert "Two sisters and a kettle." in client.get("/brands/bramble-tea").text
    assert client.submit("/brand/profile", sent | {"site": "javascript:alert(1)"}).status_code == 422


def test_two_brands_of_one_name_have_two_addresses() -> None:
    pair = [service.profile_of(factories.brand(party_name="Tea & Co").party.id).slug for _ in range(2)]
    assert pair == ["tea-co", "tea-co-2"]


@pytest.mark.parametrize("page", ["/brand/profile", "/brand/products", "/brand/products/new", "/brand/domains"])
def test_brand_pages_are_for_brands(client, brand, page) -> None:
    assert client.get(page).status_code == 200
    client.sign_in(factories.creator())
    assert client.get(page).status_code == 403


def test_another_brands_product_is_not_there(client, brand) -> None:
    other = factories.brand("Olga Other", party_name="Other")
    row = factories.product(other)
    assert client.get(f"/brand/products/{db.short(row.id)}").status_code == 404


def test_an_unverified_brand_corrects_its_name_at_once_and_is_told_what_to_do_without_a_domain(client, brand) -> None:
    assert "the operator looks at every new brand and may vouch for yours" in client.get("/brand/profile").text
    assert client.submit("/brand/profile/name", {"name": "Bramble Tea"}).status_code == 422, "it is called that"
    assert client.submit("/brand/profile/name", {"name": ""}).status_code == 422
    assert client.submit("/brand/profile/name", {"name": "Bramble Teas"}).location == "/brand/profile"
    assert "Bramble Teas" in read(client.get("/brand/profile")).h1.text
    client.sign_in(factories.colleague(brand, "manager"))
    assert client.get("/brand/profile/name").status_code == 403


def test_a_verified_brand_keeps_its_name_until_the_operator_agrees_and_contracts_keep_it_for_good(
    client, run_jobs
) -> None:
    sides = deals.sides()
    contract, brand, staff = deals.signed(sides), sides.brand, factories.staff("support")
    client.sign_in(brand)
    page = f"/staff/brands/{db.short(brand.party.id)}"
    assert "the operator looks at a new one first" in client.get("/brand/profile/name").text
    for name in ("Brambel", "Bramble & Daughters"):
        client.submit("/brand/profile/name", {"name": name})
    assert "You asked for “Bramble & Daughters”" in read(client.get("/brand/profile")).text
    overtaken, asked = sorted(names.of(brand.party.id), key=lambda row: row.id)
    run_jobs()
    client.sign_in(staff)
    assert "1 verified brand asks for another name" in client.get("/staff").text
    assert "Bramble & Daughters" in read(client.get(page)).text
    assert client.submit(f"{page}/names/{db.short(overtaken.id)}/agree").status_code == 409
    assert client.submit(f"{page}/names/{db.short(asked.id)}/agree").location == page
    run_jobs()
    assert brand.party.name == "Bramble & Daughters"
    assert [row.old_name for row in names.of(brand.party.id)] == ["Bramble Tea", "Bramble Tea"]
    client.sign_in(brand)
    assert "Your brand is called “Bramble & Daughters” from now on" in read(client.get("/notifications")).text
    text = read(client.get(f"/deals/{db.short(contract.deal_id)}/contract")).select_one(".sheet").text
    assert "Bramble Tea" in text
    assert "Daughters" not in text


def test_a_name_the_operator_refuses_is_not_taken(client, run_jobs) -> None:
    brand = factories.brand()
    row = names.rename(brand.party, "Somebody Famous", by=brand.actor)
    client.sign_in(factories.staff("admin"))
    client.submit(f"/staff/brands/{db.short(brand.party.id)}/names/{db.short(row.id)}/refuse")
    run_jobs()
    assert brand.party.name == "Bramble Tea"
    client.sign_in(brand)
    assert "your brand stays “Bramble Tea”" in client.get("/notifications").text
