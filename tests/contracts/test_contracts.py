"""A contract is what was agreed, in plain words, signed by both with evidence; one byte breaks it."""

import hashlib
from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import db, deadlines, files
from marketplace.collaborations.models import Deal
from marketplace.contracts import chain, document, printing, queries
from marketplace.contracts import service as contracts
from marketplace.contracts.models import Contract, SignatureEvidence
from marketplace.errors import Refused
from marketplace.terms import queries as terms_queries
from tests.factories_deals import HERE, agreed, deal_of, drawn_up, sides, sign, signed

KEPT = {  # digests of templates that contracts were written with
    "v1/contract.txt": "cd86cbf543fc9d5c",
    "v1/contract.typ": "33a6fa41616783db",
    "v2/contract.txt": "27b6f62327f4f37a",
    "v2/contract.typ": "33a6fa41616783db",
    "v2/direct.txt": "6fbef3846b87c381",
}


def test_accepting_creates_the_deal_and_its_contract(run_jobs) -> None:
    deal = agreed(sides())
    run_jobs()
    contract = queries.of_deal(deal.id)
    assert contract.document["terms"]["sha256"] == terms_queries.version(deal.version_id).sha256
    assert {row.subject_type for row in deadlines.in_rooms([deal.id])} == {"contract_creator", "contract_brand"}


def test_a_contract_is_drawn_up_once() -> None:
    deal = agreed(sides())
    assert contracts.draw_up(deal, by=sides().brand.actor).id == contracts.draw_up(deal, by=sides().brand.actor).id


def test_the_contract_prints_every_clock_the_ladder_and_the_honest_opinion() -> None:
    text = drawn_up(sides()).text
    for words in (
        "In short",
        "Silence approves the draft",
        "Silence confirms it",
        "the deal ends and nobody owes anything",
        "If it ends early",
        "it may not ask for a favourable opinion",
        "$300.00",
        "Organic repost, worldwide, 90 days",
        "If the creator lives in California, the law there asks for a written contract",
    ):
        assert words in text
    assert "esc" + "row" not in text.lower()
    assert "\n\n\n" not in text


def test_the_days_to_publish_count_from_the_first_day_to_post_where_one_was_agreed() -> None:
    asks = {"key_messages": ["Picked in spring"], "posting_from": "2099-12-10", "posting_until": "2099-12-20"}
    contract = drawn_up(sides(**asks))
    assert (contract.template, contract.document["template"]) == ("v3", "contracts/v3")
    assert "Posts go up from December 10, 2099 until December 20, 2099." in contract.text
    assert "within 7 days of the approval or of the first day to post, whichever is later" in contract.text
    assert "- What should come across: Picked in spring\n" in contract.text
    assert "why a link does not show the post" in contract.text
    assert "within 7 days of the approval. After" in drawn_up(sides()).text


def test_older_versions_of_the_contract_are_kept_as_they_were_signed() -> None:
    folder = printing.TEMPLATES
    kept = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for version in ("v1", "v2")
        for path in sorted((folder / version).iterdir())
    }
    assert kept == KEPT


def test_the_text_has_no_names_only_salted_digests() -> None:
    contract = drawn_up(sides())
    assert "Cleo" not in str(contract.document)
    assert "Bramble" not in contract.text


def test_signed_by_both_with_evidence_moves_the_deal_to_funding() -> None:
    between = sides()
    contract = drawn_up(between)
    row = sign(contract, between.creator)
    assert contract.state == "open"
    sign(contract, between.brand, "Bram Brand")
    kept = db.session.get_one(SignatureEvidence, row.id)
    assert (kept.typed_name, kept.address, kept.user_agent) == ("Cleo Creator", HERE.address, HERE.user_agent)
    assert (row.strength, row.scrolled, row.document_sha256) == ("password", True, contract.sha256)
    assert "agree" in row.consent
    assert contract.state == "signed"
    assert deal_of(contract).state == "funding"
    assert terms_queries.accepted_by(contract.version_id) == {between.creator.party.id, between.brand.party.id}


@pytest.mark.parametrize(("name", "consent", "field"), [(" ", True, "typed_name"), ("Cleo", False, "consent")])
def test_a_signature_needs_a_typed_name_and_consent(name, consent, field) -> None:
    between = sides()
    contract = drawn_up(between)
    with pytest.raises(Refused) as refusal:
        contracts.sign(contract, name, consent=consent, scrolled=None, evidence=HERE, by=between.creator.actor)
    assert (refusal.value.status, refusal.value.field) == (422, field)
    assert contracts.signatures(contract) == []


def test_nobody_signs_twice_or_for_the_other_side() -> None:
    between = sides()
    contract = drawn_up(between)
    sign(contract, between.creator)
    with pytest.raises(Refused, match="already"):
        sign(contract, between.creator)
    with pytest.raises(Refused, match="Only the two sides"):
        sign(contract, sides().creator)


def test_an_unsigned_contract_ends_the_deal_free_for_both(clock, run_jobs) -> None:
    between = sides()
    contract = drawn_up(between)
    sign(contract, between.creator)
    run_jobs()
    clock.travel(timedelta(days=4))
    deadlines.sweep()
    run_jobs()
    db.session.expire_all()
    assert db.session.get_one(Deal, contract.deal_id).state == "cancelled"
    assert db.session.get_one(Contract, contract.id).state == "void"
    assert deadlines.in_rooms([contract.deal_id]) == []


def test_a_no_strings_gift_is_one_tap() -> None:
    gift = {"kind": "gift", "mode": "no_strings", "product_id": None, "value": 2_400}
    between = sides(parts=[gift], deliverables=[], rights=[])
    contract = drawn_up(between)
    assert (contract.method, contract.state) == ("one_tap", "signed")
    assert deal_of(contract).state == "active"
    assert len(contracts.signatures(contract)) == 2
    assert "Nothing is owed for it" in contract.text
    assert deadlines.in_rooms([contract.deal_id]) == []


def test_the_pdf_is_tagged_and_kept_with_and_without_signatures(run_jobs) -> None:
    contract = signed(sides())
    run_jobs()
    db.session.refresh(contract)
    plain = files.read(db.session.get_one(files.StoredFile, contract.pdf_file_id))
    full = files.read(db.session.get_one(files.StoredFile, contract.signed_pdf_file_id))
    assert plain.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in plain + full or b"ObjStm" in full
    assert plain != full


def test_anyone_who_holds_the_document_can_verify_the_chain(run_jobs) -> None:
    contract = signed(sides())
    run_jobs()
    for file_id in (contract.pdf_file_id, queries.of_deal(contract.deal_id).signed_pdf_file_id):
        answer = queries.verify(db.session.get_one(files.StoredFile, file_id).sha256)
        assert answer.contract.id == contract.id
        assert answer.problems == []
    assert queries.verify(contract.sha256).matched == "document"
    assert queries.verify("0" * 64).contract is None


@pytest.mark.parametrize("first", ["creator", "brand"])
def test_the_chain_holds_whoever_signs_first_even_at_one_moment(clock, first) -> None:
    between = sides()
    contract = drawn_up(between)
    people = (between.creator, between.brand)
    for who in people if first == "creator" else reversed(people):
        sign(contract, who)
    assert len({row.signed_at for row in contracts.signatures(contract)}) == 1
    assert chain.problems(queries.of_deal(contract.deal_id)) == []


def test_one_flipped_byte_fails_and_names_what_was_changed() -> None:
    contract = signed(sides())
    held = queries.of_deal(contract.deal_id)
    assert chain.problems(held) == []
    with db.session.no_autoflush:
        held.text = held.text.replace("$300.00", "$800.00")
        assert chain.problems(held) == ["The text is not the text that was drawn up."]
        db.session.expire(held)
        held = queries.of_deal(contract.deal_id)
        held.signatures[0].scrolled = False
        assert any("signature was changed" in line for line in chain.problems(held))
        db.session.expire_all()
        held = queries.of_deal(contract.deal_id)
        held.signatures[1].evidence.typed_name = "Somebody Else"
        assert chain.problems(held) == ["The evidence of the brand’s signature was changed."]
        db.session.expire_all()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE contracts SET text = text || ' '", "UPDATE signatures SET side = 'brand'", "DELETE FROM contracts"],
)
def test_the_database_itself_refuses_to_change_what_was_signed(statement) -> None:
    signed(sides())
    with pytest.raises(sa.exc.DBAPIError, match=r"append-only|permission denied"), db.session.begin_nested():
        db.session.execute(sa.text(statement))


def test_sections_are_read_from_the_text() -> None:
    sections = document.sections(drawn_up(sides()).text)
    assert [section.title for section in sections][:3] == ["In short", "1. Who, and about what", "2. The work"]
    assert all(section.paragraphs for section in sections)


def test_exclusivity_that_was_signed_is_noted_as_a_commitment() -> None:
    from marketplace.creators import queries as creators

    between = sides(exclusivity={"category": "tea", "days": 30, "price": 5_000})
    contract = signed(between)
    (window,) = creators.commitments(between.creator.party.id)
    assert (window.category, window.deal_id) == ("tea", contract.deal_id)
    assert deal_of(contract).protected_minor == 35_000
