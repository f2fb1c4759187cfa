"""Applying, comparing, negotiating on pages: nothing typed is lost, everybody sees only their own."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import db, deadlines
from marketplace.briefs import service as briefs
from marketplace.collaborations import applications, queries
from marketplace.collaborations import service as collaborations
from marketplace.collaborations.models import Application, Deal, PendingApplication
from marketplace.content import service as content
from marketplace.creators import queries as creators
from marketplace.messaging import queries as messages
from marketplace.messaging import service as messaging
from marketplace.terms import queries as terms_queries
from tests.factories import brand, colleague, creator, draft_brief
from tests.factories_deals import active, applied, drafted, offered, piece_of, published, same_terms, sides
from tests.pages_of_deals import counted, read, words


def apply_page(brief) -> str:
    return f"/briefs/{db.short(brief.id)}/apply"


def page_of(application) -> str:
    return f"/applications/{db.short(application.id)}"


def only_application() -> Application:
    return db.session.scalars(sa.select(Application)).one()


def test_start_an_application_signed_out_and_the_draft_becomes_her_application(client) -> None:
    between = sides()
    assert "What you typed is kept" in words(client.get(apply_page(between.brief)))
    answer = client.submit(apply_page(between.brief), {"pitch": "Tea at six.", "fee": "320"})
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-up?as=creator")
    assert (
        apply_page(between.brief).replace("/", "%2F") in answer.location or apply_page(between.brief) in answer.location
    )
    client.sign_in(between.creator)
    page = read(client.get(apply_page(between.brief)))
    assert page.select_one("textarea[name=pitch]").text.strip() == "Tea at six."
    assert page.select_one("input[name=fee]")["value"] == "320.00"
    assert "To you $288.00" in page.select_one(".net-offer").get_text(" ", strip=True)
    assert "Counted with your own price." in page.get_text()
    assert client.submit(apply_page(between.brief), {"pitch": "Tea at six.", "fee": "320"}).status_code == 303
    row = only_application()
    assert (row.state, row.pitch, row.asked_fee_minor) == ("submitted", "Tea at six.", 32_000)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PendingApplication)) == 0


def test_the_brief_in_short_names_the_rights_and_what_each_is_paid(client) -> None:
    grant = {"territory": "US", "days": 90, "exclusive": False}
    rights = [dict(grant, use="organic_repost", price=0), dict(grant, use="site_email", days=180, price=12_000)]
    page = read(client.get(apply_page(sides(rights=rights).brief)))
    says = {row.dt.text: row.dd.text for row in page.select(".facts div")}
    assert (
        says["What the brand may do with it"] == "Organic repost, United States, 90 days: included; Site and e-mail, United States, 180 days: $120.00"
    )
    rows = [row.get_text(" ", strip=True) for row in page.select(".net-offer tr")][:-1]
    assert rows == ["Fee $300.00", "Site and e-mail, 180 days +$120.00", "Platform fee −$42.00", "To you $378.00"]


def test_what_is_missing_is_asked_in_place_and_nothing_typed_is_lost(client) -> None:
    owner = sides()
    fresh = creator("Fay Fresh", ready=False)
    client.sign_in(fresh)
    answer = client.submit(apply_page(owner.brief), {"pitch": "My idea", "fee": ""})
    assert answer.status_code == 303  # the draft is kept, so going back and reloading must not ask to send it again
    assert answer.headers["Location"] == apply_page(owner.brief)
    assert only_application().state == "draft"
    page = read(client.get(answer.headers["Location"]))
    assert "Kept as a draft, and not sent yet." in page.get_text()
    assert "A few things are missing before this can be sent" in page.get_text()
    assert "Choose a handle" in page.get_text()
    assert page.select_one("a[href*='next=']") is not None
    assert page.select_one("textarea[name=pitch]").text.strip() == "My idea"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"pitch": "", "fee": ""}, "Please fill this in"),
        ({"pitch": "x", "fee": "-3"}, "least possible"),
        ({"pitch": "x", "fee": "1.234"}, "decimal places"),
        ({"pitch": "x" * 2001, "fee": ""}, "2000"),
        ({"pitch": "a\x00b", "fee": ""}, "control characters"),
        ({"pitch": "see www.x.com", "fee": ""}, "Outside links"),
    ],
)
def test_a_bad_application_gets_a_sentence_beside_its_field(client, data, sentence) -> None:
    between = sides()
    client.sign_in(between.creator)
    assert sentence in words(client.submit(apply_page(between.brief), data), 422)


def test_a_brand_cannot_apply_and_a_draft_brief_is_not_there(client) -> None:
    between = sides()
    client.sign_in(between.brand)
    assert "Switch to your creator side" in words(client.get(apply_page(between.brief)))
    assert client.submit(apply_page(between.brief), {"pitch": "x"}).status_code == 403
    client.sign_in(between.creator)
    assert client.get(apply_page(draft_brief(brand()))).status_code == 404


def test_offer_counter_and_accept_on_pages_with_the_diff_shown(client) -> None:
    between = sides()
    application = applied(between)
    client.sign_in(between.brand)
    assert client.get(page_of(application)).status_code == 200
    form = filled(client, application, fee="340", note="For the extra story.")
    assert client.submit(f"{page_of(application)}/terms", form).status_code == 303
    client.sign_in(between.creator)
    page = read(client.get(page_of(application)))
    assert [row.get_text(strip=True) for row in page.select(".diff del, .diff ins")][:2] == [
        "$300.00 fee",
        "$340.00 fee",
    ]
    assert "For the extra story." in page.get_text()
    accept = page.select_one("form[action$='/accept']")
    beside = accept.find_parent(class_="row").find_previous_sibling("p").get_text(" ", strip=True)
    assert beside == "$340.00 fee of which $306.00 reaches you"  # what one tap agrees to stands beside it
    version = accept.select_one("input[name=version]")["value"]
    answer = client.submit(f"{page_of(application)}/accept", {"version": version})
    assert answer.status_code == 303
    assert db.session.scalars(sa.select(Deal)).one().protected_minor == 34_000


def test_a_brand_offers_an_application_as_it_stands_in_one_press_and_the_creator_only_accepts(client) -> None:
    application = applied(between := sides(), fee=32_000)
    before = terms_queries.version(application.proposal_version_id).body
    client.sign_in(between.brand)
    form = read(client.get(page_of(application))).select_one("form[action$='/offer']")
    assert form.find_parent(class_="row").find_previous_sibling("p").get_text(" ", strip=True) == "$320.00 fee"
    version = form.select_one("input[name=version]")["value"]
    assert client.submit(f"{page_of(application)}/offer", {"version": version}).status_code == 303
    assert application.state == "offered"
    assert terms_queries.version(application.proposal_version_id).body == before
    assert read(client.get(page_of(application))).select_one("form[action$='/offer']") is None
    assert client.submit(f"{page_of(application)}/offer", {"version": version}).status_code == 409
    client.sign_in(between.creator)
    accept = read(client.get(page_of(application))).select_one("form[action$='/accept'] input[name=version]")["value"]
    assert client.submit(f"{page_of(application)}/accept", {"version": accept}).status_code == 303
    assert db.session.scalars(sa.select(Deal)).one().protected_minor == 32_000


def test_an_offer_of_terms_that_are_no_longer_the_newest_is_refused(client) -> None:
    application = applied(between := sides())
    client.sign_in(between.brand)
    for version in ("", "nonsense", db.short(between.brief.version_id)):
        answer = client.submit(f"{page_of(application)}/offer", {"version": version})
        assert "Newer terms were proposed in the meantime" in words(answer, 409)
    assert application.state == "submitted"
    client.sign_in(between.creator)
    assert read(client.get(page_of(application))).select_one("form[action$='/offer']") is None
    version = db.short(queries.latest(application).id)
    assert client.submit(f"{page_of(application)}/offer", {"version": version}).status_code == 403


def test_the_terms_on_the_table_say_what_must_be_there(client) -> None:
    between = sides(must_haves=["The tin is seen", "Said aloud"], hashtags=["#bramble"], disclosure="#ad")
    application = applied(between)
    for who in (between.creator, between.brand):
        client.sign_in(who)
        says = {row.dt.text: row.dd.text for row in read(client.get(page_of(application))).select("aside .facts div")}
        assert says["Must be there"] == "The tin is seen\N{NO-BREAK SPACE}· Said aloud"
        assert (says["Hashtags"], says["Disclosure"]) == ("#bramble", "#ad")
        assert "Content" not in says, "each piece has its own line"


def filled(client, application, **changes) -> dict:
    """The proposal form as the page offers it, with some fields changed."""
    page = read(client.get(f"{page_of(application)}/terms"))
    data = {}
    for field in page.select("form.form input[name], form.form textarea[name]"):
        if field.get("type") == "checkbox":
            if field.has_attr("checked"):
                data[field["name"]] = field.get("value", "y")
        elif field["name"] != "csrf_token":
            data[field["name"]] = field.get("value", "")
    for field in page.select("form.form select[name]"):
        chosen = field.select_one("option[selected]") or field.select_one("option")
        data[field["name"]] = chosen["value"]
    return data | changes


def test_two_tabs_accept_at_once_and_the_second_gets_409_in_words(client) -> None:
    between = sides()
    application = offered(between)
    client.sign_in(between.creator)
    data = {"version": db.short(application.proposal_version_id)}
    assert client.submit(f"{page_of(application)}/accept", data).status_code == 303
    assert client.submit(f"{page_of(application)}/accept", data).status_code == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Deal)) == 1


def test_an_offer_that_changed_while_it_was_read_is_not_accepted(client) -> None:
    between = sides()
    application = offered(between)
    old = db.short(application.proposal_version_id)
    collaborations.offer(application, same_terms(application, fee=20_000), by=between.brand.actor)
    client.sign_in(between.creator)
    assert "Newer terms" in words(client.submit(f"{page_of(application)}/accept", {"version": old}), 409)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Deal)) == 0


def test_unchanged_terms_stay_unchanged_through_the_form(client) -> None:
    between = sides(rights=[{"use": "paid_brand", "territory": "DE", "days": 30, "exclusive": True, "price": 5_000}])
    application = applied(between)
    before = terms_queries.version(application.proposal_version_id).body
    client.sign_in(between.brand)
    assert client.submit(f"{page_of(application)}/terms", filled(client, application)).status_code == 303
    db.session.refresh(application)
    assert terms_queries.version(application.proposal_version_id).body == before


def test_a_counter_offer_without_a_change_is_refused_and_says_what_to_do(client) -> None:
    between = sides()
    application = offered(between)
    client.sign_in(between.creator)
    answer = client.submit(f"{page_of(application)}/terms", filled(client, application, note="Maybe."))
    page = read(answer, 422)
    assert "Nothing is different: accept, or change something." in page.get_text()
    assert len(page.select("form.form details[open]")) == 3  # a form that came back shows all that is filled
    assert page.select_one("input[name=note]")["value"] == "Maybe."
    db.session.refresh(application)
    assert application.state == "offered"


def test_the_pay_that_is_not_a_fee_is_read_beside_the_terms_one_may_change(client) -> None:
    between = sides(parts=[{"kind": "gift", "mode": "for_content", "product_id": None, "value": 4_500}])
    client.sign_in(between.brand)
    page = read(client.get(f"{page_of(applied(between))}/terms"))
    assert page.select_one("input[name=fee]") is None
    assert "$45.00" in page.select_one("form.form .facts").get_text()
    assert [one.get_text(strip=True) for one in page.select("legend")] == [
        "The work",
        "When and how often",
        "What the brand may do with the content",
    ]
    assert [line.get_text(strip=True) for line in page.select("form.form summary")] == [
        "1 × Instagram reel, draft within 10 days",
        "One more piece",
        "No set days to post, 1 round of changes",
        "Organic repost, worldwide, 90 days, included in the pay",
        "One more right",
    ]
    assert not page.select("form.form details[open]")


@pytest.mark.parametrize(
    "changes",
    [
        {"fee": ""},
        {"fee": "-1"},
        {"fee": "abc"},
        {"fee": "9" * 30},
        {"deliverables-0-count": "0"},
        {"deliverables-0-platform": ""},
        {"deliverables-0-platform": "myspace"},
        {"posting_from": "2026-13-40"},
        {"posting_from": "2026-12-24", "posting_until": "2026-12-01"},
        {"rounds": "99"},
        {"rights-0-for_ever": "y"},
        {"rights-0-days": "-5"},
        {"note": "pay the shipping fee first at https://x.example.com"},
    ],
)
def test_nonsense_in_a_proposal_is_refused_and_kept(client, changes) -> None:
    between = sides()
    application = applied(between)
    client.sign_in(between.brand)
    read(client.submit(f"{page_of(application)}/terms", filled(client, application) | changes), 422)
    db.session.refresh(application)
    assert application.state == "submitted"


def test_brands_see_applicants_as_table_board_and_side_by_side(client) -> None:
    between = sides(head_count=3)
    for name in ("Ana", "Bea", "Cil"):
        applied(between, by=creator(name))
    client.sign_in(between.brand)
    base = f"/brand/briefs/{db.short(between.brief.id)}/applicants"
    for view in ("table", "board", "compare"):
        text = words(client.get(f"{base}?view={view}"))
        assert all(name in text for name in ("Ana", "Bea", "Cil"))
    assert len(read(client.get(f"{base}?view=compare")).select("article.card")) == 3


def test_a_brand_gets_from_an_applicant_to_her_media_kit(client) -> None:
    between = sides()
    application = applied(between, by=creator("Ana"))
    profile = creators.profile(application.creator_party_id)
    assert profile is not None
    kit = f"/@{profile.handle}"
    client.sign_in(between.brand)
    base = f"/brand/briefs/{db.short(between.brief.id)}/applicants"
    for address in (f"{base}?view=board", f"{base}?view=compare", f"/applications/{db.short(application.id)}"):
        assert read(client.get(address)).select_one(f'main a[href="{kit}"]'), address
    assert client.get(kit).status_code == 200


def test_the_applicants_page_asks_the_same_number_of_questions_for_one_and_for_five(client) -> None:
    between = sides(head_count=3)
    client.sign_in(between.brand)
    base = f"/brand/briefs/{db.short(between.brief.id)}/applicants"
    counts = []
    for names in (["Ana"], ["Bea", "Cil", "Dee", "Eve"]):
        for name in names:
            applied(between, by=creator(name))
        with counted() as seen:
            read(client.get(base))
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


def test_the_table_says_what_is_new_by_when_to_answer_and_keeps_the_answered_apart(client) -> None:
    between = sides(head_count=3)
    first, second = (applied(between, by=creator(name), pitch=f"{name} pours it slowly.") for name in ("Ana", "Bea"))
    applications.decline(second, "style", "", by=between.brand.actor)
    client.sign_in(between.brand)
    base = f"/brand/briefs/{db.short(between.brief.id)}/applicants"
    page = read(client.get(base))
    waiting, answered = page.select("table")
    row = waiting.select_one("tbody tr")
    assert row.select_one("input[type=checkbox]")["value"] == db.short(first.id)
    assert "Ana pours it slowly." in row.th.get_text()
    assert row.select_one("[data-label=State]").get_text(strip=True) == "New"
    assert row.select_one("[data-label='Answer by'] time") is not None
    assert page.select_one("[data-label=Unread]") is None
    assert "Bea" in answered.get_text()
    assert answered.select_one("input[type=checkbox]") is None
    assert page.select_one("a[href='/brand/briefs/" + db.short(between.brief.id) + "']") is not None


def test_decline_in_bulk_each_with_a_reason(client) -> None:
    between = sides(head_count=3)
    rows = [applied(between, by=creator(name)) for name in ("Ana", "Bea")]
    client.sign_in(between.brand)
    base = f"/brand/briefs/{db.short(between.brief.id)}/applicants/decline"
    first, second = (db.short(row.id) for row in rows)
    assert "Ana" in words(client.get(f"{base}?id={first}&id={second}"))
    half = {"id": [first, second], f"reason-{first}": "style"}
    assert "Nobody was declined yet" in words(client.submit(base, half), 422)
    db.session.expire_all()
    assert {row.state for row in db.session.scalars(sa.select(Application))} == {"submitted"}
    whole = half | {f"reason-{second}": "other", f"note-{second}": "We chose local creators."}
    assert client.submit(base, whole).status_code == 303
    db.session.expire_all()
    assert {row.decline_reason for row in db.session.scalars(sa.select(Application))} == {"style", "other"}


def test_a_declined_creator_reads_the_reason(client) -> None:
    between = sides()
    application = applied(between)
    client.sign_in(between.brand)
    assert "Choose a reason" in words(client.submit(f"{page_of(application)}/decline", {"reason": ""}), 422)
    answer = client.submit(f"{page_of(application)}/decline", {"reason": "audience", "note": "Ours is older."})
    assert answer.status_code == 303
    client.sign_in(between.creator)
    page = read(client.get(page_of(application)))
    assert "The audience is a different one: Ours is older." in page.get_text(" ", strip=True)
    assert page.select_one(".banner a")["href"] == "/briefs"


def test_what_would_reach_her_and_when_stands_only_where_the_application_is_open(client) -> None:
    between = sides()
    application = applied(between)
    client.sign_in(between.creator)
    page = read(client.get(page_of(application)))
    assert page.select_one(".net-offer") is not None
    assert "Terms on the table" in page.get_text()
    applications.decline(application, "style", "", by=between.brand.actor)
    page = read(client.get(page_of(application)))
    assert page.select_one(".net-offer") is None
    assert "Terms you applied with" in page.get_text()
    client.sign_in(between.brand)
    assert "Terms of the application" in words(client.get(page_of(application)))


def test_an_agreed_application_says_what_became_of_the_deal(client) -> None:
    between = sides()
    deal = active(between)
    address = f"/applications/{db.short(deal.application_id)}"
    client.sign_in(between.creator)
    page = read(client.get(address))
    assert page.select_one(".net-offer") is None
    assert "At work." in page.select_one(".banner").get_text()
    content.confirm(published(piece_of(deal), between), by=between.brand.actor)
    banner = read(client.get(address)).select_one(".banner")
    assert "Everything agreed was delivered, and the pay is released." in banner.get_text()
    assert banner.a["href"] == f"/deals/{db.short(deal.id)}"


def test_strangers_get_404_wrong_roles_403_and_drafts_stay_private(client) -> None:
    between = sides()
    application = applied(between)
    stranger = sides()
    for who in (stranger.creator, stranger.brand):
        client.sign_in(who)
        for path in ("", "/terms", "/decline"):
            assert client.get(page_of(application) + path).status_code == 404
    client.sign_in(colleague(between.brand, "viewer"))
    assert client.get(page_of(application)).status_code == 200
    assert client.get(f"{page_of(application)}/terms").status_code == 403
    assert client.submit(f"{page_of(application)}/shortlist").status_code == 403
    client.sign_in(between.creator)
    assert client.submit(f"{page_of(application)}/shortlist").status_code == 403
    base = f"/brand/briefs/{db.short(between.brief.id)}/applicants"
    assert client.get(base).status_code == 404


def test_lists_of_applications_deals_and_messages_open(client) -> None:
    between = sides()
    for address in ("/applications", "/deals", "/messages", "/rights"):
        client.sign_in(between.creator)
        read(client.get(address))
    applied(between)
    for who in (between.creator, between.brand):
        client.sign_in(who)
        assert "A reel about the new Ceylon tin" in words(client.get("/applications"))
        assert "A reel about the new Ceylon tin" in words(client.get("/deals"))


def test_the_lists_say_what_comes_next_whose_turn_it_is_and_by_when(client) -> None:
    between = sides()
    deal = active(between)
    drafted(piece_of(deal), between.creator)

    def steps(address: str) -> list[str]:
        return [" ".join(cell.get_text(" ").split()) for cell in read(client.get(address)).select("[data-label=Next]")]

    client.sign_in(between.brand)
    assert steps("/deals")[0].startswith("Review the draft You · by ")
    client.sign_in(between.creator)
    assert steps("/deals")[0].startswith("An answer to the draft Bramble Tea · by ")
    assert steps("/applications") == [""]
    later = sides()
    applied(later)
    client.sign_in(later.brand)
    assert steps("/applications")[0].startswith("Answer the application You · by ")


def test_messages_are_written_on_the_application_and_marked_unread(client) -> None:
    between = sides()
    application = applied(between)
    client.sign_in(between.brand)
    form = read(client.get(page_of(application))).select_one("form[action^='/messages/']")
    answer = client.submit(form["action"], {"body": "Which week suits you?", "next": page_of(application)})
    assert answer.location == page_of(application)
    assert "at https://x" in words(client.submit(form["action"], {"body": "look at https://x.example.com"}), 422)
    client.sign_in(between.creator)
    assert "1 new" in words(client.get("/messages"))
    assert "Which week suits you?" in words(client.get(form["action"]))
    assert "1 new" not in words(client.get("/messages"))
    client.sign_in(sides().brand)
    assert client.get(form["action"]).status_code == 404


def test_the_lists_open_and_count_where_a_message_is_unread(client) -> None:
    between = sides()
    thread = messages.of_room(applied(between).id)
    messaging.send(thread, "Shall it rain in it?", by=between.creator.actor)
    client.sign_in(between.brand)
    for address in ("/applications", f"/brand/briefs/{db.short(between.brief.id)}/applicants"):
        page = read(client.get(address))
        assert page.select_one("[data-label=Unread]").get_text(strip=True) == "1"
    messaging.mark_read(thread, by=between.brand.actor)
    assert not read(client.get("/applications")).select("[data-label=Unread]"), "a column of nothing takes room"


def test_ending_a_deal_shows_what_each_side_gets_first_and_why_a_draft_in_review_is_paid(client) -> None:
    between = sides()
    deal = active(between)
    drafted(piece_of(deal), between.creator)
    client.sign_in(between.brand)
    address = f"/deals/{db.short(deal.id)}/cancel"
    assert "$270.00" in words(client.get(address))
    assert f"{deal.title}, with {between.creator.party.name}" in words(client.get(address))
    assert "A draft waits for your review." in words(client.get(address))
    client.sign_in(between.creator)
    assert "$300.00" in words(client.get(address))
    assert f"{deal.title}, with {between.brand.party.name}" in words(client.get(address))
    assert "A draft waits" not in words(client.get(address))
    assert "fill this in" in words(client.submit(address, {"reason": " "}), 422)


def test_a_brief_that_changed_while_she_wrote_is_read_again_before_it_is_sent(client) -> None:
    between = sides()
    client.sign_in(between.creator)
    form = read(client.get(apply_page(between.brief)))
    data = {"version": form.select_one("input[name=version]")["value"], "pitch": "Tea at six.", "fee": ""}
    between.brief.draft = dict(between.brief.draft, rounds=3)
    briefs.revise(between.brief, by=between.brand.actor)
    page = read(client.submit(apply_page(between.brief), data), 422)
    assert "The brief changed while you wrote." in page.get_text()
    assert page.select_one("textarea[name=pitch]").text.strip() == "Tea at six."
    again = data | {"version": page.select_one("input[name=version]")["value"]}
    assert client.submit(apply_page(between.brief), again).status_code == 303
    assert only_application().brief_version_id == between.brief.version_id


def test_the_brief_says_to_who_applied_where_the_application_stands_and_never_apply(client) -> None:
    between = sides(head_count=2)
    brief_page = f"/briefs/{db.short(between.brief.id)}"

    def step() -> tuple[str, str]:
        page = read(client.get(brief_page))
        assert page.find("a", string="Apply") is None
        block = page.select_one("section.deadline")
        return " ".join(block.get_text(" ").split()), block.a["href"]

    client.sign_in(between.creator)
    application = applications.save_draft(between.brief, "Tea at six.", None, by=between.creator.actor)
    assert step() == (
        "Your application is a draft Nobody sees it until you send it. Go on writing",
        f"{brief_page}/apply",
    )
    applications.submit(application, by=between.creator.actor)
    said, leads = step()
    assert said.startswith("You applied Bramble Tea owes you an answer. It is due by ")
    assert leads == page_of(application)
    between.brief.draft = dict(between.brief.draft, rounds=3)
    briefs.revise(between.brief, by=between.brand.actor)
    assert "your application stands on those of " in step()[0]
    collaborations.offer(application, same_terms(application), by=between.brand.actor)
    assert step()[0].startswith("Bramble Tea made you an offer It waits for your answer.")
    collaborations.accept(application, queries.latest(application), by=between.creator.actor)
    deal = db.session.scalars(sa.select(Deal)).one()
    assert step() == (
        "You agreed on a deal What holds between you stands in its terms. Open the deal",
        f"/deals/{db.short(deal.id)}",
    )
    other = applied(between, by=(dora := creator("Dora")))
    applications.decline(other, "style", "", by=between.brand.actor)
    client.sign_in(dora)
    assert step()[0].startswith("Your application was declined")


def test_a_brand_reads_of_another_brands_brief_what_creators_do_with_it(client) -> None:
    between = sides(apply_by="2099-01-01")
    brief_page = f"/briefs/{db.short(between.brief.id)}"
    client.sign_in(brand(party_name="Rival Tea"))
    page = read(client.get(brief_page))
    assert page.find("a", string="Apply") is None
    assert "Open for applications Until Jan 1, 2099. Creators who apply hear back within 3 days." in words(
        client.get(brief_page)
    )
    briefs.close(between.brief, by=between.brand.actor)
    text = words(client.get(brief_page))
    assert "The brand takes no more applications." in text
    assert "See open briefs" not in text


def test_her_own_price_is_asked_only_where_the_brief_pays_a_fee(client) -> None:
    gift = {"kind": "gift", "mode": "for_content", "product_id": None, "value": 4_500}
    right = {"use": "site_email", "territory": "US", "days": 90, "exclusive": False, "price": 12_000}
    for brief, asked in ((sides().brief, True), (sides(parts=[gift], rights=[right]).brief, False)):
        page = read(client.get(apply_page(brief)))
        assert (page.select_one("input[name=fee]") is not None) == asked


@pytest.mark.parametrize("silent", ["brand", "creator"])
def test_an_expired_application_says_whose_answer_did_not_come(client, clock, run_jobs, silent) -> None:
    between = sides()
    application = applied(between) if silent == "brand" else offered(between)
    clock.travel(timedelta(days=9))
    deadlines.sweep()
    run_jobs()
    shown = {}
    for who in (between.creator, between.brand):
        client.sign_in(who)
        shown[who.party.kind] = words(client.get(page_of(application)))
    if silent == "brand":
        assert "did not answer within the days it promised" in shown["creator"]
        assert "It was your turn, and no answer came in time." in shown["brand"]
    else:
        assert "You did not answer the last offer in time." in shown["creator"]
        assert "did not answer your offer in time." in shown["brand"]
