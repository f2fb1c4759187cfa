"""A postback is signed, stored before any work, and answered the same way when it comes again."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import clock as time
from marketplace import db, jobs
from marketplace.affiliate import heard, shops
from marketplace.affiliate.jobs import sweep
from marketplace.affiliate.models import InboundConflict, InboundEvent, ShopKey
from marketplace.affiliate.sales_models import Line, Order
from tests.affiliate import shop as sending
from tests.affiliate.world import world


class Sender:
    """A shop with a key, speaking HTTP."""

    def __init__(self, client) -> None:
        self.here = world()
        self.friend = self.here.affiliate()
        self.shop = sending.open_shop(self.here)
        self.key, self.secret = shops.issue_key(self.shop, by=self.here.brand.actor)
        self.client = client
        db.session.commit()

    def send(self, body: bytes, event_id: str | None = "e1", *, secret: str | None = None, key: str | None = None):
        headers = {
            "X-Api-Key": key or self.key.key,
            "X-Signature": shops.signature(secret or self.secret, body),
            "Content-Type": "application/json",
        }
        if event_id is not None:
            headers["Idempotency-Key"] = event_id
        return self.client.post("/api/affiliate/orders", data=body, headers=headers)


@pytest.fixture
def sender(client, clock) -> Sender:
    return Sender(client)


def events() -> list[InboundEvent]:
    return list(db.session.scalars(sa.select(InboundEvent).execution_options(populate_existing=True)))


def test_an_order_is_stored_and_answered_202_before_any_work(sender, run_jobs) -> None:
    body = sending.body(clicks=[sending.click(sender.friend.link)], customer={"id": "7"})
    answer = sender.send(body)
    assert (answer.status_code, answer.json["status"]) == (202, "stored")
    [row] = events()
    assert (row.payload, row.verdict) == (body, None)
    assert db.session.scalars(sa.select(Order)).all() == []
    run_jobs()
    assert db.session.scalars(sa.select(Line)).one().amount_minor == 1000
    assert events()[0].verdict == "accepted"


def test_the_same_key_and_payload_get_the_stored_answer_again(sender, run_jobs) -> None:
    body = sending.body()
    first = sender.send(body)
    run_jobs()
    again = sender.send(body)
    assert (again.status_code, again.json) == (first.status_code, first.json)
    run_jobs()
    assert len(db.session.scalars(sa.select(Order)).all()) == 1


def test_the_same_key_with_another_payload_is_a_conflict_and_changes_nothing(sender, run_jobs) -> None:
    sender.send(sending.body(amount="100.00"))
    answer = sender.send(sending.body(amount="900.00"))
    assert answer.status_code == 409
    [told], count = heard.not_taken(sender.here.program)
    assert (told.number, told.verdict, count) == ("A-1", "conflict", 1)
    assert len(db.session.scalars(sa.select(InboundConflict)).all()) == 1
    run_jobs()
    assert db.session.scalars(sa.select(Order)).one().base_minor == 10000


def test_an_idempotency_key_is_required(sender) -> None:
    assert sender.send(sending.body(), None).status_code == 400
    assert sender.send(sending.body(), "x" * 201).status_code == 400


def test_a_wrong_signature_an_unknown_or_a_revoked_key_is_refused(sender) -> None:
    assert sender.send(sending.body(), secret="gs_wrong").status_code == 401
    assert sender.send(sending.body(), key="gk_unknown").status_code == 401
    shops.revoke_key(sender.key, by=sender.here.brand.actor)
    db.session.commit()
    assert sender.send(sending.body()).status_code == 401
    assert events() == []


def test_the_secret_is_kept_encrypted(sender) -> None:
    row = db.session.scalars(sa.select(ShopKey)).one()
    assert sender.secret.encode() not in row.secret_encrypted


UNREADABLE = [
    ({"type": "order.lost"}, "type"),
    ({"order_id": ""}, "order_id"),
    ({"order_id": 7}, "order_id"),
    ({"order_id": "a\u0000b"}, "order_id"),
    ({"occurred_at": "yesterday"}, "occurred_at"),
    ({"occurred_at": "2026-03-02T12:00:00"}, "occurred_at"),
    ({"occurred_at": "2026-03-02T12:11:00Z"}, "occurred_at"),
    ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
    ({"currency": "dollars"}, "currency"),
    ({"lines": []}, "lines"),
    ({"lines": "none"}, "lines"),
    ({"lines": [{"amount": 29.33}]}, "lines.0.amount"),
    ({"lines": [{"amount": "-1.00"}]}, "lines.0.amount"),
    ({"lines": [{"amount": "1.005"}]}, "lines.0.amount"),
    ({"lines": [{"amount": "1", "quantity": 10**12}]}, "lines.0.quantity"),
    ({"tax": "much"}, "tax"),
    ({"customer": {"email_sha256": "someone@example.com"}}, "customer.email_sha256"),
    ({"clicks": [1]}, "clicks"),
]


def test_what_cannot_be_read_is_refused_field_by_field(sender) -> None:
    for change, field in UNREADABLE:
        answer = sender.send(sending.body(**change))
        assert answer.status_code == 422, change
        assert list(answer.json["problems"]) == [field]
        assert answer.json["problems"][field].endswith(".")
    assert events() == []


def test_what_is_not_an_order_is_refused(sender) -> None:
    for body in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000):
        assert sender.send(body).status_code == 422


def test_a_huge_body_is_refused_before_it_is_read(sender) -> None:
    assert sender.send(b" " * 300_000).status_code == 413


def test_a_lost_hint_is_found_by_the_sweep(sender, run_jobs) -> None:
    sender.send(sending.body())
    jobs.connection().flushdb()
    run_jobs()
    assert events()[0].verdict is None
    sweep()
    run_jobs()
    assert events()[0].verdict == "accepted"


def test_a_refund_that_came_first_is_worked_when_its_order_arrives(sender, run_jobs) -> None:
    refund = {
        "type": "order.refunded", "order_id": "A-1", "occurred_at": time.now().isoformat(),
        "currency": "USD", "lines": [{"position": 0, "amount": "40.00"}],
    }  # fmt: skip
    sender.send(json.dumps(refund).encode(), "r1")
    run_jobs()
    assert events()[0].verdict == "waiting"
    sender.send(sending.body(clicks=[sending.click(sender.friend.link)]), "p1")
    run_jobs()
    assert {row.verdict for row in events()} == {"accepted"}
    assert sorted(db.session.scalars(sa.select(Line.amount_minor))) == [-400, 1000]


def test_a_wrong_currency_is_answered_422_in_words_and_its_key_stays_free(sender, run_jobs) -> None:
    for _ in range(2):
        answer = sender.send(sending.body(currency="EUR"))
        assert answer.status_code == 422
        assert answer.json["error"] == "This program settles in USD; the order is in EUR."
        assert answer.json["problems"] == {"currency": answer.json["error"]}
    assert [(row.verdict, row.order_number) for row in events()] == [("refused", "A-1")]
    assert sender.send(sending.body()).status_code == 202
    run_jobs()
    assert db.session.scalars(sa.select(Order)).one().number == "A-1"


def test_what_was_not_taken_stands_at_the_foot_of_the_orders_with_its_reason(sender, run_jobs, clock) -> None:
    sender.send(sending.body("A-7", currency="EUR"), "e7")
    sender.send(sending.body("A-8"), "e8")
    refund = {"type": "order.refunded", "order_id": "A-9", "occurred_at": time.now().isoformat(), "currency": "USD"}
    sender.send(json.dumps(refund).encode(), "r9")
    sender.send(sending.body("A-8", amount="5.00"), "e8 again")
    run_jobs()
    sender.send(sending.body("A-8", amount="7.00"), "e8")
    clock.travel(timedelta(hours=1))
    sender.client.sign_in(sender.here.brand)
    answer = sender.client.get(f"/brand/programs/{db.short(sender.here.program.id)}/orders")
    found = BeautifulSoup(answer.text, "html.parser").find(id="not-taken")
    told = [[" ".join(cell.text.split()) for cell in row.find_all(["th", "td"])] for row in found.find_all("tr")[1:]]
    assert [(number, why.partition(";")[0].partition(".")[0]) for number, _at, why in told] == [
        ("A-8", "A second message came under the Idempotency-Key of this order’s message and said something else"),
        ("A-8", "An order with this number is here already and says something else"),
        ("A-9", "The order itself has not reached us"),
        ("A-7", "This program settles in USD"),
    ]
    assert told[3][1] == "Mar 2, 2026, 7:00 AM"
    sender.send(sending.body("A-9"), "e9")  # its order came: the refund counts
    run_jobs()
    rows, count = heard.not_taken(sender.here.program)
    assert ([row.number for row in rows], count) == (["A-8", "A-8", "A-7"], 3)
    assert heard.not_taken(sender.here.program, limit=1)[1] == 3
