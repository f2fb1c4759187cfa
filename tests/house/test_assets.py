"""The joined style sheet and script: complete, small, kept by browsers, and allowed by the security policy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from marketplace import assets

pytestmark = pytest.mark.plain

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
BUDGET = 60_000  # bytes compressed for sheet, script and icons; the page itself has the rest of its 100 KB


def test_the_sheet_holds_every_source_and_begins_with_the_tokens():
    sheet = assets.join(STATIC, "app.css").plain.decode()
    assert sheet.index("--ground:") < sheet.index("@layer base") < sheet.index("@layer components {")
    for source in (STATIC / "css").rglob("*.css"):
        assert source.read_text().strip() in sheet


def test_the_script_holds_htmx_and_every_behaviour():
    script = assets.join(STATIC, "app.js").plain.decode()
    for source in (STATIC / "js/behaviours").glob("*.js"):
        assert source.read_text().strip() in script
    assert "htmx" in script


def test_first_load_stays_small():
    assert sum(len(assets.join(STATIC, name).packed) for name in assets.TYPES) < BUDGET


def test_components_read_roles_and_never_raw_colours():
    for sheet in (STATIC / "css/components").glob("*.css"):
        raw = re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", sheet.read_text())
        assert not raw, f"{sheet.name} names raw colours: {raw}"


def test_nothing_in_a_template_breaks_the_security_policy():
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.IGNORECASE)
    mail = ROOT / "templates/_layouts/mail.html"  # read in mail programs, which know no style sheet and send no policy
    for page in set((ROOT / "templates").rglob("*.html")) - {mail}:
        found = inline.search(page.read_text())
        assert not found, f"{page.relative_to(ROOT)}: {found and found[0]!r}"


def test_a_browser_may_keep_the_sheet_for_good_and_gets_it_compressed(client):
    page = client.application.jinja_env.globals["asset"]
    with client.application.test_request_context():
        address = page("app.css")
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == client.get(address).data
    assert client.get("/assets/0000/app.css").headers["Cache-Control"] == "no-cache"
    assert client.get("/assets/0000/other.css").status_code == 404
