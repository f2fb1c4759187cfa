"""Reading, signing and checking a contract on pages."""

import io
import json

import pytest

from marketplace import db, files
from marketplace.contracts import service as contracts
from marketplace.contracts.models import SignatureEvidence
from tests.factories import colleague
from tests.factories_deals import agreed, deal_of, drawn_up, sides, signed
from tests.pages_of_deals import counted, read, words


def address(contract) -> str:
    return f"/deals/{db.short(contract.deal_id)}/contract"


def test_the_signing_ceremony_keeps_name_consent_time_address_and_browser(client) -> None:
    between = sides()
    contract = drawn_up(between)
    client.sign_in(between.creator)
    page = read(client.get(address(contract)))
    assert not page.select_one("input[name=consent]").has_attr("checked")
    data = {"typed_name": "Cleo Creator", "consent": "y", "scrolled_to_end": "1"}
    answer = client.submit(address(contract), data, headers={"User-Agent": "Phone/1"})
    assert answer.status_code == 303
    (row,) = contracts.signatures(contract)
    kept = db.session.get_one(SignatureEvidence, row.id)
    assert (kept.typed_name, kept.user_agent, kept.address) == ("Cleo Creator", "Phone/1", "127.0.0.1")
    assert (row.scrolled, row.strength, row.consent) == (True, "password", contracts.consent_text())


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"typed_name": "", "consent": "y"}, "fill this in"),
        ({"typed_name": "Cleo"}, "Tick the box"),
        ({"typed_name": "C\x07", "consent": "y"}, "control characters"),
        ({"typed_name": "C" * 400, "consent": "y"}, "120"),
    ],
)
def test_an_incomplete_signature_is_refused_with_what_was_typed(client, data, sentence) -> None:
    between = sides()
    contract = drawn_up(between)
    client.sign_in(between.creator)
    assert sentence in words(client.submit(address(contract), data), 422)
    assert contracts.signatures(contract) == []


def test_without_scripts_the_scroll_is_unknown_not_false(client) -> None:
    between = sides()
    contract = drawn_up(between)
    client.sign_in(between.creator)
    client.submit(address(contract), {"typed_name": "Cleo", "consent": "y", "scrolled_to_end": ""})
    assert contracts.signatures(contract)[0].scrolled is None


def test_signing_twice_is_409_in_words(client) -> None:
    between = sides()
    contract = drawn_up(between)
    client.sign_in(between.creator)
    data = {"typed_name": "Cleo", "consent": "y"}
    assert client.submit(address(contract), data).status_code == 303
    assert "signed this contract already" in words(client.submit(address(contract), data), 409)


def test_only_the_two_sides_read_it_and_only_some_roles_sign(client) -> None:
    between = sides()
    contract = drawn_up(between)
    client.sign_in(sides().brand)
    for path in ("", ".pdf", ".json"):
        assert client.get(address(contract) + path).status_code == 404
    client.sign_in(colleague(between.brand, "reviewer"))
    assert "Sign the contract" not in words(client.get(address(contract)))
    assert client.submit(address(contract), {"typed_name": "x", "consent": "y"}).status_code == 403


def test_the_contract_page_prints_the_whole_text_and_asks_few_questions(client) -> None:
    between = sides()
    contract = signed(between)
    client.sign_in(between.brand)
    with counted() as seen:
        text = words(client.get(address(contract)))
    assert "In short" in text
    assert "Silence approves the draft" in text
    assert text.count("Cleo Creator") >= 2
    assert len(seen) <= 12


def test_the_public_page_verifies_a_pdf_and_reveals_nothing_about_others(client, run_jobs) -> None:
    contract = signed(sides())
    run_jobs()
    db.session.refresh(contract)
    raw = files.read(db.session.get_one(files.StoredFile, contract.signed_pdf_file_id))
    text = words(
        client.submit("/verify", {"file": (io.BytesIO(raw), "contract.pdf")}, content_type="multipart/form-data")
    )
    assert "This is the contract, unchanged" in text
    for secret in ("Cleo", "Bramble", "$300", "Ceylon"):
        assert secret not in text


def test_one_flipped_byte_of_the_file_is_no_contract(client) -> None:
    contract = signed(sides())
    raw = bytearray(files.read(db.session.get_one(files.StoredFile, contract.pdf_file_id)))
    raw[len(raw) // 2] ^= 1
    data = {"file": (io.BytesIO(bytes(raw)), "contract.pdf")}
    assert "No contract has this fingerprint" in words(
        client.submit("/verify", data, content_type="multipart/form-data")
    )


def test_the_canonical_document_verifies_however_it_was_spaced(client) -> None:
    between = sides()
    contract = signed(between)
    client.sign_in(between.creator)
    raw = client.get(f"{address(contract)}.json").data
    spaced = json.dumps(json.loads(raw), indent=2).encode()
    for content in (raw, spaced):
        data = {"file": (io.BytesIO(content), "contract.json")}
        text = words(client.submit("/verify", data, content_type="multipart/form-data"))
        assert "unchanged" in text
        assert "It is one of yours: open the contract" in text
    changed = spaced.replace(b"30000", b"30001")
    data = {"file": (io.BytesIO(changed), "contract.json")}
    assert "No contract" in words(client.submit("/verify", data, content_type="multipart/form-data"))


@pytest.mark.parametrize("digest", ["", "xyz", "0" * 63, "g" * 64, "\x00" * 64, "0" * 5000])
def test_nonsense_at_the_verify_page_gets_a_sentence(client, digest) -> None:
    read(client.submit("/verify", {"digest": digest}), 422)
    nowhere = "\x00" in digest  # no address holds a NUL: web.py answers that there is no such page
    read(client.get("/verify", query_string={"sha256": digest}), 404 if nowhere else 200)


def test_an_unsigned_contract_says_so(client) -> None:
    contract = drawn_up(sides())
    assert "Not signed by both sides yet" in words(client.get(f"/verify?sha256={contract.sha256}"))


def test_a_contract_that_is_not_drawn_up_yet_is_not_there(client) -> None:
    between = sides()
    deal = agreed(between)
    client.sign_in(between.creator)
    assert client.get(f"/deals/{db.short(deal.id)}/contract").status_code == 404
    assert deal_of(signed(sides())).state == "funding"
