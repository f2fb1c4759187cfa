"""Text leaves compressed, for who can read it; what flows, is tiny, is a file or has no body is left alone."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask, Response, redirect, send_file

from marketplace import compression, csrf
from tests import factories

GZIP = {"Accept-Encoding": "br, gzip;q=0.8"}
LONG = "One sentence of many. " * 100


@pytest.fixture
def small() -> Flask:
    """An application with an answer of every sort."""
    app = Flask(__name__)
    compression.install(app)
    app.add_url_rule("/tiny", "tiny", lambda: "few words")
    app.add_url_rule("/flows", "flows", lambda: Response((LONG for _ in range(3)), mimetype="text/csv"))
    app.add_url_rule("/away", "away", lambda: redirect("/tiny?" + "a" * 900))
    app.add_url_rule("/picture", "picture", lambda: Response(LONG, mimetype="image/png"))
    app.add_url_rule("/file", "file", lambda: send_file(__file__, mimetype="text/plain"))
    app.add_url_rule("/packed", "packed", lambda: Response(LONG, headers={"Content-Encoding": "br"}))
    app.add_url_rule("/tagged", "tagged", lambda: Response(LONG, mimetype="text/html", headers={"ETag": '"a"'}))
    app.add_url_rule("/long", "long", lambda: LONG)
    return app


@pytest.mark.plain
def test_a_page_is_compressed_for_who_reads_gzip_and_says_what_it_depends_on(small: Flask) -> None:
    client = small.test_client()
    for headers in ({}, {"Accept-Encoding": "br"}, {"Accept-Encoding": "gzip;q=0"}):
        answer = client.get("/long", headers=headers)
        assert ("Content-Encoding" in answer.headers, answer.text, answer.vary.to_header()) == (
            False, LONG, "Accept-Encoding",
        )  # fmt: skip
    answer = client.get("/long", headers=GZIP)
    assert (answer.headers["Content-Encoding"], answer.vary.to_header()) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(answer.data).decode() == LONG
    assert answer.content_length == len(answer.data) < len(LONG) / 5
    assert client.get("/tagged", headers=GZIP).get_etag() == ("a", True)


@pytest.mark.plain
@pytest.mark.parametrize("address", ["/tiny", "/flows", "/away", "/picture", "/file", "/packed"])
def test_the_rest_is_left_alone(small: Flask, address: str) -> None:
    answer = small.test_client().get(address, headers=GZIP)
    assert answer.headers.get("Content-Encoding") == ("br" if address == "/packed" else None)
    assert "Accept-Encoding" not in answer.vary


def test_neither_the_length_of_a_page_nor_the_token_in_it_stays_the_same(client) -> None:
    client.sign_in(factories.creator())
    answers = [client.get("/settings", headers=GZIP) for _ in range(4)]
    pages = [gzip.decompress(answer.data).decode() for answer in answers]
    tokens = [set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)) for page in pages]
    assert all(len(found) == 1 for found in tokens), "one mask a page, or its forms would not compress"
    assert len(set.union(*tokens)) == 4
    assert len({len(answer.data) for answer in answers}) > 1
    for masked in set.union(*tokens):
        assert "." not in masked
        assert csrf.plain(masked).count(".") == 2
        assert client.post("/sign-out", data={"csrf_token": masked}).status_code != 400


@pytest.mark.parametrize("token", ["", "nonsense", "AAAA", "é", "A" * 400])
def test_a_token_that_is_none_opens_nothing(client, token) -> None:
    client.sign_in(factories.creator())
    assert client.post("/sign-out", data={"csrf_token": token}).status_code == 400
