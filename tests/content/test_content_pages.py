"""Drafts, reviews and publications on pages."""

import io

import pytest
from PIL import Image

from marketplace import db, files
from marketplace.content import drafts, queries, service
from tests.factories import colleague
from tests.factories_deals import active, drafted, piece_of, published, sides
from tests.pages_of_deals import counted, read, words


def address(piece) -> str:
    return f"/deals/{db.short(piece.deal_id)}/content/{piece.number}"


def image(name: str = "tin.png", colour: str = "teal") -> tuple[io.BytesIO, str]:
    raw = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(raw, "PNG")
    raw.seek(0)
    return raw, name


def send(client, path: str, data: dict):
    return client.submit(path, data, content_type="multipart/form-data")


def test_a_draft_with_pictures_is_sent_reviewed_approved_published_and_confirmed(client) -> None:
    between = sides()
    piece = piece_of(active(between))
    client.sign_in(between.creator)
    data = {"caption": "#ad Tea at six.", "media": [image(), image("two.png")], "note": "Sound on"}
    assert send(client, f"{address(piece)}/draft", data).status_code == 303
    client.sign_in(between.brand)
    page = read(client.get(address(piece)))
    assert len(page.select("figure.media--image img")) == 2
    assert "Left to the creator" in page.get_text()
    assert f"with {between.creator.party.name}" in page.select_one(".page-head").get_text()
    assert client.get(page.select_one("figure.media--image img")["src"]).mimetype == "image/png"
    changes = {"asks-0-item": "must_haves.0", "asks-0-words": "Show the tin.", "asks-0-spot": "0:04"}
    changes |= {"asks-1-item": "must_haves.0", "asks-1-words": "", "asks-2-item": "must_haves.0", "asks-2-words": ""}
    assert client.submit(f"{address(piece)}/changes", changes).status_code == 303
    client.sign_in(between.creator)
    page = words(client.get(address(piece)))
    assert "Must be there: The tin is" in page
    assert "Show the tin. (0:04)" in page
    assert "Left to you" in page
    assert send(client, f"{address(piece)}/draft", {"caption": "#ad Tea.", "media": [image()]}).status_code == 303
    client.sign_in(between.brand)
    page = read(client.get(address(piece)))
    assert "includes 1 round of changes, and it is used" in page.get_text()
    assert not page.select("form[action$='/changes']")
    page = read(client.submit(f"{address(piece)}/changes", changes), 409)
    assert page.select_one("input[name='asks-0-words']")["value"] == "Show the tin."
    assert client.submit(f"{address(piece)}/approve").status_code == 303
    client.sign_in(between.creator)
    assert "paid partnership label" in words(client.get(address(piece)))
    live = {"link": "https://instagram.com/p/abc", "proof": image()}
    assert send(client, f"{address(piece)}/publish", live).status_code == 303
    db.session.refresh(piece)
    assert piece.state == "published"


def test_one_change_is_asked_for_and_more_lie_folded_until_they_say_something(client) -> None:
    between = sides()
    piece = piece_of(active(between))
    drafted(piece, between.creator)
    client.sign_in(between.brand)
    page = read(client.get(address(piece)))
    assert [legend.get_text(strip=True) for legend in page.select("form legend")] == [
        "Change 1",
        "Change 2",
        "Change 3",
    ]
    folded = page.select_one("form details")
    assert folded.summary.get_text(strip=True) == "Ask for another change"
    assert len(folded.select("fieldset")) == 2
    assert len(folded.select("details details, fieldset + details")) == 1  # the third behind the second
    assert ["optional" in label.get_text() for label in page.select("label[for$=words]")] == [False, True, True]
    assert not folded.has_attr("open")
    said = {"asks-0-item": "must_haves.0", "asks-0-words": "x" * 600, "asks-1-item": "facts", "asks-1-words": "No tin."}
    assert read(client.submit(f"{address(piece)}/changes", said), 422).select_one("form details").has_attr("open")


def sent_back(between, *pictures: tuple[io.BytesIO, str]):
    """A piece whose first draft, of these pictures, came back with a change to make."""
    piece = piece_of(active(between))
    media = [files.store_media(raw, name, party_id=between.creator.party.id) for raw, name in pictures]
    maker = between.creator.actor
    service.submit(piece, caption="#ad Tea at six.", link=None, note="", media=media, by=maker)
    service.request_changes(piece, [service.Ask("must_haves.0", "Show the tin.")], by=between.brand.actor)
    return piece


def kept(page) -> dict[str, bool]:
    """The files of the last draft that the form offers to keep, and whether each is ticked."""
    return {
        option.get_text(strip=True): option.input.has_attr("checked") for option in page.select("fieldset#keep label")
    }


def test_the_next_draft_keeps_the_files_that_stay_ticked_and_says_which_are_new(client) -> None:
    between = sides()
    piece = sent_back(between, image("tin.png"), image("cup.png", "navy"), image("cat.png", "olive"))
    (first,) = queries.submissions(piece)
    client.sign_in(between.creator)
    page = read(client.get(address(piece)))
    assert kept(page) == {"Keep tin.png": True, "Keep cup.png": True, "Keep cat.png": True}
    shown = page.select_one("fieldset#keep img")
    assert client.get(shown["src"]).mimetype == "image/png"
    keep = [box["value"] for box in page.select("input[name=keep]")][:2]
    data = {"caption": "#ad Tea at six.", "keep": keep, "media": [image("new.png", "red"), image("again.png", "navy")]}
    assert send(client, f"{address(piece)}/draft", data).status_code == 303
    second = queries.submissions(piece)[0]
    assert [item.file_id for item in second.media][:2] == [item.file_id for item in first.media][:2]
    assert [item.file.name for item in second.media] == ["tin.png", "cup.png", "new.png"]
    client.sign_in(between.brand)
    page = read(client.get(address(piece)))
    newest = page.select("article")[0]
    same, new = "The same as in draft 1", "New in this draft"
    assert [caption.get_text() for caption in newest.select("figcaption")] == [same, same, new]
    assert "Left out since draft 1: cat.png" in newest.get_text()
    assert not page.select("article")[1].select("figcaption")


def test_a_next_draft_that_is_refused_leaves_every_tick_as_it_was_set(client) -> None:
    between = sides()
    piece = sent_back(between, image("tin.png"), image("cup.png", "navy"))
    client.sign_in(between.creator)
    first, second = [box["value"] for box in read(client.get(address(piece))).select("input[name=keep]")]
    there = f"{address(piece)}/draft"
    page = read(send(client, there, {"caption": "", "keep": [second]}), 422)
    assert kept(page) == {"Keep tin.png": False, "Keep cup.png": True}
    page = read(send(client, there, {"caption": "#ad Tea."}), 422)
    assert kept(page) == {"Keep tin.png": False, "Keep cup.png": False}
    assert "Add a picture, a video or a link" in page.select_one("#media-error").get_text()
    assert "Choose them once more" not in page.get_text()
    many = [image(f"{n}.png", f"#{n}{n}{n}") for n in range(9)]
    page = read(send(client, there, {"caption": "#ad Tea.", "keep": [first, second], "media": many}), 422)
    assert "10 files at most, those you keep included" in page.select_one("#media-error").get_text()
    assert "Choose them once more" in page.select_one("form noscript").get_text()
    assert kept(page) == {"Keep tin.png": True, "Keep cup.png": True}
    assert len(queries.submissions(piece)) == 1


def test_only_files_of_the_pieces_own_last_draft_can_be_kept(client) -> None:
    between = sides()
    piece = sent_back(between, image())
    others = queries.newest_files(sent_back(sides(), image("secret.png", "navy")))[0].id
    own_elsewhere = image("id.png", "olive")
    elsewhere = files.store_media(*own_elsewhere, party_id=between.creator.party.id).id
    client.sign_in(between.creator)
    for wrong in (db.short(others), db.short(elsewhere), db.short(db.new_id()), "nonsense"):
        page = read(send(client, f"{address(piece)}/draft", {"caption": "#ad Tea.", "keep": [wrong]}), 422)
        assert page.select_one("#keep-error")
        assert kept(page) == {"Keep tin.png": False}
    assert len(queries.submissions(piece)) == 1


def test_new_is_what_the_brand_has_not_had_in_a_draft_yet() -> None:
    between = sides()
    piece = sent_back(between, image())
    maker, (tin,) = between.creator.actor, queries.newest_files(piece)
    cup = files.store_media(*image("cup.png", "navy"), party_id=between.creator.party.id)
    red = {"caption": "So good #sp", "link": None, "note": ""}
    assert service.submit(piece, **red, media=[cup], keep=[tin.id], by=maker).verdict["colour"] == "red"
    service.submit(piece, **red | {"caption": "#ad Tea."}, media=[], keep=[tin.id, cup.id], by=maker)
    sent = queries.submissions(piece)
    changed = drafts.changes(sent[0], sent)
    assert (changed.since, changed.same) == (1, {tin.sha256})  # nobody reviewed the red one, so the cup is new
    assert drafts.changes(sent[-1], sent) is None


def test_a_red_draft_shows_the_fix_to_the_creator(client) -> None:
    between = sides()
    piece = piece_of(active(between))
    client.sign_in(between.creator)
    answer = send(client, f"{address(piece)}/draft", {"caption": "So good #sp", "link": "https://drive.example.com/1"})
    assert answer.status_code == 303
    text = words(client.get(address(piece)))
    assert "Disclosure is not enough" in text
    assert "Begin the caption with #ad" in text


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"caption": ""}, 422, "fill this in"),
        ({"caption": "#ad x"}, 422, "Add a picture"),
        ({"caption": "#ad x", "link": "javascript:alert(1)"}, 422, "beginning with https"),
        ({"caption": "#ad x", "media": [(io.BytesIO(b"not an image"), "a.png")]}, 415, "not an image"),
        ({"caption": "#ad x", "media": [(io.BytesIO(b""), "a.png")]}, 422, "empty"),
    ],
)
def test_nonsense_in_a_draft_gets_a_sentence_and_keeps_the_caption(client, data, status, sentence) -> None:
    between = sides()
    piece = piece_of(active(between))
    client.sign_in(between.creator)
    answer = send(client, f"{address(piece)}/draft", data)
    assert sentence in words(answer, status)
    assert read(answer, status).select_one("textarea[name=caption]").text.strip() == data["caption"]
    db.session.refresh(piece)
    assert piece.state == "planned"
    assert queries.submissions(piece) == []


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"link": "x"}, 422),
        ({"link": "https://instagram.com/p/1"}, 422),
        ({"link": "https://instagram.com/p/1", "proof": (io.BytesIO(b"%PDF-"), "p.pdf")}, 415),
    ],
)
def test_a_publication_needs_link_and_proof(client, data, status) -> None:
    between = sides()
    piece = piece_of(active(between))
    drafted(piece, between.creator)
    service.approve(piece, by=between.brand.actor)
    client.sign_in(between.creator)
    read(send(client, f"{address(piece)}/publish", data), status)
    db.session.refresh(piece)
    assert piece.state == "approved"


def test_this_is_not_the_post_needs_a_sentence_and_the_creator_reads_it(client, run_jobs) -> None:
    between = sides()
    piece = published(piece_of(active(between)), between)
    client.sign_in(between.brand)
    there = f"{address(piece)}/not-the-post"
    assert "This is not the post" in words(client.get(address(piece)))
    page = read(client.submit(there, {"why": ""}), 422)
    assert page.select_one("#why-error").get_text(strip=True) == "Please fill this in."
    assert client.submit(there, {"why": "The link shows a cat."}).status_code == 303
    assert "no publication to answer" in words(client.submit(there, {"why": "The link shows a cat."}), 409)
    run_jobs()
    client.sign_in(between.creator)
    shown = words(client.get(address(piece)))
    assert "Bramble Tea says: this is not the post The link shows a cat. https://instagram.com/p/abc" in shown
    assert "Changes asked for" not in shown
    assert "is not the post: publish it, then show it again" in words(client.get("/notifications"))
    assert "Said that the link of piece 1 is not the post" in words(client.get(f"/deals/{db.short(piece.deal_id)}"))
    live = {"link": "https://instagram.com/p/right", "proof": image()}
    assert send(client, f"{address(piece)}/publish", live).status_code == 303
    client.sign_in(between.brand)
    assert "Sent back 1 time The link shows a cat." in words(client.get(address(piece)))
    assert client.submit(there, {"why": "A story, not a reel."}).status_code == 303
    client.sign_in(between.creator)
    assert send(client, f"{address(piece)}/publish", live | {"proof": image()}).status_code == 303
    client.sign_in(between.brand)
    page = read(client.get(address(piece)))
    assert "They decide." in page.get_text()
    assert page.select_one("textarea[name=why]") is None
    assert "They decide." in words(client.submit(there, {"why": "Still a cat."}), 409)


def test_the_agreed_days_to_post_stand_beside_the_post_and_a_proof_of_before_is_pointed_out(client, clock) -> None:
    between = sides(posting_from="2099-12-10", posting_until="2099-12-20")
    piece = piece_of(active(between))
    drafted(piece, between.creator)
    service.approve(piece, by=between.brand.actor)
    client.sign_in(between.creator)
    agreed = "Agreed days to post: Dec 10, 2099 to Dec 20, 2099."
    shown = words(client.get(address(piece)))
    assert agreed in shown
    assert "The first agreed day to post is Dec 10, 2099. Today is earlier." in shown
    assert (
        send(client, f"{address(piece)}/publish", {"link": "https://a.example/p", "proof": image()}).status_code == 303
    )
    early = "before the first agreed day to post: Dec 10, 2099."
    assert early in words(client.get(address(piece)))
    client.sign_in(between.brand)
    shown = words(client.get(address(piece)))
    assert agreed in shown
    assert shown.count(early) == 1


def test_a_post_within_the_agreed_days_is_not_remarked_upon(client) -> None:
    between = sides(posting_from="2020-12-10")
    piece = published(piece_of(active(between)), between)
    client.sign_in(between.brand)
    shown = words(client.get(address(piece)))
    assert "Agreed days to post: from Dec 10, 2020." in shown
    assert "The proof is of" not in shown


@pytest.mark.parametrize(
    ("caption", "missing"),
    [
        ("#ad Tea at six.", ["#LongMorning", "#first-flush"]),
        ("#ad Tea at six. #longmorning #First-Flush", []),
        ("#ad Tea at six. #longmornings LongMorning #first-flush", ["#LongMorning"]),
    ],
)
def test_an_agreed_hashtag_that_a_caption_lacks_is_told_to_both_and_stops_nothing(client, caption, missing) -> None:
    between = sides(hashtags=["#LongMorning", "#first-flush"])
    piece = piece_of(active(between))
    drafted(piece, between.creator, caption=caption)
    assert piece.state == "draft_submitted"
    for who in (between.creator, between.brand):
        client.sign_in(who)
        shown = words(client.get(address(piece)))
        for tag in ("#LongMorning", "#first-flush"):
            assert (f"The agreed hashtag {tag} is not in the caption." in shown) == (tag in missing)


def test_a_move_the_state_forbids_is_409_in_words(client) -> None:
    between = sides()
    piece = piece_of(active(between))
    client.sign_in(between.brand)
    assert "no draft to approve" in words(client.submit(f"{address(piece)}/approve"), 409)
    assert "no publication to confirm" in words(client.submit(f"{address(piece)}/confirm"), 409)
    changes = {"asks-0-item": "must_haves.0", "asks-0-words": "x"}
    assert client.submit(f"{address(piece)}/changes", changes).status_code == 409


def test_only_the_right_side_and_role_may_act(client) -> None:
    between = sides()
    piece = published(piece_of(active(between)), between)
    client.sign_in(sides().creator)
    assert client.get(address(piece)).status_code == 404
    client.sign_in(sides().brand)
    assert client.submit(f"{address(piece)}/not-the-post", {"why": "x"}).status_code == 404
    client.sign_in(between.creator)
    assert client.submit(f"{address(piece)}/confirm").status_code == 403
    assert client.submit(f"{address(piece)}/not-the-post", {"why": "x"}).status_code == 403
    assert client.submit(f"{address(piece)}/approve").status_code == 403
    client.sign_in(colleague(between.brand, "viewer"))
    assert client.get(address(piece)).status_code == 200
    assert client.submit(f"{address(piece)}/confirm").status_code == 403
    client.sign_in(between.brand)
    assert send(client, f"{address(piece)}/draft", {"caption": "x"}).status_code == 403
    assert client.get(f"/deals/{db.short(piece.deal_id)}/content/99").status_code == 404


def test_files_of_a_deal_are_for_its_two_sides(client) -> None:
    between = sides()
    piece = published(piece_of(active(between)), between)
    source = f"/deals/{db.short(piece.deal_id)}/content/files/{db.short(queries.publication(piece).proof_file_id)}"
    client.sign_in(between.brand)
    assert client.get(source).status_code == 200
    client.sign_in(sides().brand)
    assert client.get(source).status_code == 404


def test_the_page_of_a_piece_asks_few_questions_however_many_drafts(client) -> None:
    between = sides(rounds=None)
    piece = piece_of(active(between))
    client.sign_in(between.brand)
    counts = []
    for _ in range(3):
        drafted(piece, between.creator)
        with counted() as seen:
            read(client.get(address(piece)))
        counts.append(len(seen))
        service.request_changes(piece, [service.Ask("facts", "No.")], by=between.brand.actor)
    assert counts[0] == counts[2] <= 16
