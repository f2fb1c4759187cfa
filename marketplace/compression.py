"""Pages travel compressed: text answers that are whole and worth it, with gzip, for who can read it.

Left alone are answers that flow (a long CSV is sent line by line and never held), redirects and other
answers without a body, tiny ones, files, and the bundles of `assets.py`, which are compressed once at the
start. The standard library does it; a second algorithm would spare a tenth of a page and cost a dependency.

A secret beside a stranger's words in one compressed page could be guessed by its length (BREACH). So the
CSRF token looks different in every answer (`csrf.py`), and the gzip header carries a random number of bytes.
"""

from __future__ import annotations

import gzip
import io
import secrets

from flask import Flask, Response, request

TEXT = {
    "text/html", "text/css", "text/javascript", "text/plain", "text/csv", "application/json", "application/xml",
    "image/svg+xml",
}  # fmt: skip
LEAST = 700  # bytes; below that a packet is a packet
LEVEL = 5
NOISE = 100  # bytes at most; as Django does it


def install(app: Flask) -> None:
    """Compress what leaves, after everything else was done to it: call this before others add to `after_request`."""
    app.after_request(_compress)


def takes_gzip() -> bool:
    """Can whoever asks read gzip?"""
    return request.accept_encodings["gzip"] > 0


def _compress(response: Response) -> Response:
    if not _worth_it(response):
        return response
    response.vary.add("Accept-Encoding")
    if not takes_gzip():
        return response
    response.set_data(_packed(response.get_data()))
    response.headers["Content-Encoding"] = "gzip"
    tag, weak = response.get_etag()
    if tag and not weak:
        response.set_etag(tag, weak=True)
    return response


def _worth_it(response: Response) -> bool:
    """A whole text of some length, not compressed yet."""
    whole = not response.is_streamed and not response.direct_passthrough
    plain = "Content-Encoding" not in response.headers and response.mimetype in TEXT
    has_body = response.status_code not in (204, 206) and not 300 <= response.status_code < 400
    return whole and plain and has_body and (response.content_length or 0) >= LEAST


def _packed(body: bytes) -> bytes:
    """Compressed, with a name of random length in its header, so that the length of a page says less."""
    out, name = io.BytesIO(), "a" * secrets.randbelow(NOISE)
    with gzip.GzipFile(name, "wb", LEVEL, out, mtime=0) as packing:
        packing.write(body)
    return out.getvalue()
