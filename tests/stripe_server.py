"""Starts devstripe inside a test process and drives it: faults, the clock, its hosted pages, its webhooks.

with running() as server:
    client = server.client()
    ...
    server.pay_checkout(session.id)
    server.deliver(lambda endpoint, headers, body: app_client.post(
        f"/webhooks/stripe/{endpoint}", data=body, headers=headers).status_code)
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import stripe

from devstripe.server import SECRETS, Server

VISA = "4242424242424242"
DECLINED = "4000000000000002"
INSUFFICIENT = "4000000000009995"
THREE_D_SECURE = "4000002500003155"
AVAILABLE_AT_ONCE = "4000000000000077"
TEST_KEY = "sk_test_devstripe"


class StayHere(HTTPRedirectHandler):
    """Redirects are answers, not followed: they lead to the application, which may not be running."""

    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        """Refuse to follow."""
        return None


class Answer:
    """What a hosted page answered."""

    def __init__(self, status: int, headers: Any, body: str):
        self.status, self.body = status, body
        self.location: str | None = headers.get("Location")

    @property
    def errors(self) -> list[str]:
        """The sentences next to the fields."""
        return [html.unescape(one) for one in re.findall(r'<p class="error"[^>]*>(.*?)</p>', self.body)]


class StripeServer:
    """A running devstripe, seen from a test."""

    def __init__(self, url: str):
        self.url, self.secrets = url, SECRETS
        self.opener = build_opener(StayHere, HTTPCookieProcessor(CookieJar()))

    def client(self, **options: Any) -> stripe.StripeClient:
        """The real client, speaking to this server."""
        bases: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), self.url)
        return stripe.StripeClient(TEST_KEY, base_addresses=bases, **options)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """A plain HTTP request; `path` may be a whole address of this server."""
        url = path if path.startswith("http") else self.url + path
        request = Request(url, data=body, headers=headers, method=method)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        """A control request; the JSON answer."""
        answer = self.ask(
            method,
            f"/_control{path}",
            json.dumps(body).encode() if body else None,
            **{"Content-Type": "application/json"},
        )
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def submit(self, path: str, **fields: str) -> Answer:
        """Send a hosted form."""
        return self.ask(
            "POST", path, urlencode(fields).encode(), **{"Content-Type": "application/x-www-form-urlencoded"}
        )

    def reset(self) -> None:
        """Forget everything that happened. Ids go on counting, so none comes twice."""
        self.control("POST", "/reset")

    # time and faults

    def advance(self, *, days: float = 0, seconds: int = 0) -> int:
        """Move the clock forward and do what falls due. Returns the new time in seconds."""
        return self.control("POST", "/clock", advance=int(days * 86400) + seconds)["now"]

    def freeze(self, at: int) -> int:
        """Stop the clock at a time (seconds since 1970)."""
        return self.control("POST", "/clock", freeze=at)["now"]

    def fault(self, kind: str, path: str = "*", method: str = "*", count: int = 1, seconds: float = 35.0) -> None:
        """The next `count` calls that fit go wrong; see devstripe/faults.py for the kinds."""
        self.control(
            "POST", "/faults", place="call", kind=kind, method=method, pattern=path, count=count, seconds=seconds
        )

    def webhook_fault(self, kind: str, event_type: str = "*", count: int = 1, seconds: float = 1.0) -> None:
        """The next `count` events that fit are delivered wrongly."""
        self.control("POST", "/faults", place="webhook", kind=kind, pattern=event_type, count=count, seconds=seconds)

    def requests(self, path: str = "") -> list[dict]:
        """Calls this server has seen, oldest first."""
        return self.control("GET", f"/requests?{urlencode({'path': path})}")

    def objects(self, kind: str) -> list[dict]:
        """Every object of a kind, newest first."""
        return self.control("GET", f"/objects/{kind}")

    # what banks do

    def dispute(
        self, charge_id: str, reason: str = "fraudulent", *, amount: int | None = None, inquiry: bool = False
    ) -> str:
        """The bank takes a charge's money back, or only asks (`inquiry`). Returns the dispute's id."""
        return self.control("POST", "/disputes", charge=charge_id, reason=reason, amount=amount, inquiry=inquiry)["id"]

    def decide(self, dispute_id: str, status: str) -> None:
        """The bank decides now: won, lost or warning_closed; needs_response makes a dispute of an inquiry."""
        self.control("POST", "/disputes/decide", dispute=dispute_id, status=status)

    def warn_of_fraud(self, charge_id: str) -> str:
        """The card's bank suspects fraud. Returns the warning's id."""
        return self.control("POST", "/fraud_warnings", charge=charge_id)["id"]

    def fail_payout(self, payout_id: str, code: str = "account_closed") -> None:
        """The bank sends a payout back, on its way or after it arrived."""
        self.control("POST", "/payouts/fail", payout=payout_id, code=code)

    def fail_refund(self, refund_id: str) -> None:
        """The payer's bank sends a refund back."""
        self.control("POST", "/refunds/fail", refund=refund_id)

    def transfer(self, customer_id: str, amount: int, currency: str = "usd", reference: str | None = None) -> str:
        """A customer sends money by bank transfer. Returns the id of the cash balance's transaction."""
        return self.control(
            "POST", "/transfers", customer=customer_id, amount=amount, currency=currency, reference=reference
        )["id"]

    # hosted pages

    def pay_checkout(self, session_id: str, card: str = VISA, *, authenticate: bool = True, **fields: str) -> Answer:
        """Fill in the hosted page, and the bank's page if it comes. Redirects to the success address when it worked."""
        typed = {
            "number": card,
            "expiry": "12 / 34",
            "cvc": "123",
            "name": "Test Buyer",
            "email": "buyer@example.org",
            **fields,
        }
        answer = self.submit(f"/c/pay/{session_id}", **typed)
        if answer.status == 303 and (answer.location or "").endswith("/authenticate"):
            return self.submit(f"/c/pay/{session_id}/authenticate", answer="yes" if authenticate else "no")
        return answer

    def onboard(
        self, account_id: str, outcome: str = "active", account_number: str = "000123456789", country: str = "US"
    ) -> Answer:
        """Complete an account's hosted form. `outcome`: the capability's state afterwards."""
        link = self.client().v2.core.account_links.create(
            {
                "account": account_id,
                "use_case": {
                    "type": "account_onboarding",
                    "account_onboarding": {
                        "refresh_url": "http://app.test/refresh",
                        "return_url": "http://app.test/return",
                    },
                },
            }
        )
        return self.fill_onboarding(link.url, outcome, account_number, country)

    def fill_onboarding(
        self, url: str, outcome: str = "active", account_number: str = "000123456789", country: str = "US"
    ) -> Answer:
        """Complete the hosted form at an account link's address."""
        return self.submit(
            url,
            given_name="Ada",
            surname="Creator",
            country=country,
            account_number=account_number,
            outcome=outcome,
            terms="yes",
        )

    # webhooks

    def messages(self, endpoint: str | None = None, *, keep: bool = False, at: int | None = None) -> list[dict]:
        """Waiting deliveries in order, signed: delivery, endpoint, url, headers, body, event, type. Fetched once unless `keep`.
        `at`: sign with this time (seconds) instead of the real one."""
        wanted = {"endpoint": endpoint, "keep": "1" if keep else None, "at": at}
        return self.control(
            "GET",
            f"/webhooks/undelivered?{urlencode({key: value for key, value in wanted.items() if value is not None})}",
        )

    def undelivered(self, endpoint: str | None = None, **how: Any) -> list[tuple[dict[str, str], bytes]]:
        """Waiting deliveries as (headers, body), in order; see `messages`."""
        return [(one["headers"], one["body"].encode()) for one in self.messages(endpoint, **how)]

    def deliver(
        self, post: Callable[[str, dict[str, str], bytes], int], at: int | None = None
    ) -> list[tuple[str, int]]:
        """Hand every waiting delivery to `post(endpoint, headers, body)`, which answers with a status, until none is left; also
        those that come of it. Returns (event type, status) in order; what was refused is not handed over again.
        `at`: sign with this time (seconds), for an application whose clock is not the real one."""
        done = []
        while waiting := self.messages(at=at):
            done += [(one["type"], post(one["endpoint"], one["headers"], one["body"].encode())) for one in waiting]
        return done


@contextmanager
def running(state: str = ":memory:", **webhook_addresses: str) -> Iterator[StripeServer]:
    """A devstripe on a free port, in memory unless told otherwise. `platform`, `connect`, `thin`: addresses to deliver to."""
    server = Server(0, state, webhook_addresses).start()
    try:
        yield StripeServer(server.url)
    finally:
        server.stop()
