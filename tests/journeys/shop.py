"""A brand's shop as the portal meets it: a website on a domain of its own, and a server that signs its news."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

import pytest

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"


class Shop:
    """The shop's site, and what its server sends to the portal at `portal`."""

    def __init__(self, portal: str, domain: str) -> None:
        self.portal, self.domain = portal, domain
        self.token = ""
        self.key, self.secret = "", ""

    def visited_through(self, link: str) -> str:
        """A customer follows a tracking link; the click token it brings her to the shop with."""
        request = urllib.request.Request(link, headers={"User-Agent": PHONE})  # noqa: S310 - our own address
        with pytest.raises(urllib.error.HTTPError) as stayed:
            urllib.request.build_opener(_Stay).open(request)
        assert stayed.value.code == 302
        where = urlsplit(stayed.value.headers["Location"])
        assert where.netloc == self.domain
        return parse_qs(where.query)["ref_click"][0]

    def tells(self, kind: str, order: str, **news: Any) -> None:
        """Signed news of an order."""
        about = {"type": kind, "order_id": order, "occurred_at": datetime.now(UTC).isoformat(), "currency": "USD"}
        body = json.dumps(about | news).encode()
        mark = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Api-Key": self.key,
            "X-Signature": f"sha256={mark}",
            "Idempotency-Key": f"{kind}-{order}",
        }
        address = f"{self.portal}/api/affiliate/orders"
        request = urllib.request.Request(address, body, headers)  # noqa: S310 - our own address
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - our own address
            assert answer.status == 202


class _Stay(urllib.request.HTTPRedirectHandler):
    """Shows where a redirect leads instead of following it."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


@contextmanager
def open_shop(portal: str) -> Iterator[Shop]:
    """A shop on a loopback port; it shows its domain token once it has one."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(shop.token.encode())

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    shop = Shop(portal, f"127.0.0.1:{site.server_port}")
    Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield shop
    finally:
        site.shutdown()
        site.server_close()
