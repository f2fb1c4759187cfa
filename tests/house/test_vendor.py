"""What we did not write ourselves is named, licensed and unchanged; what the pages ask for is there."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.plain

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
MANIFEST = json.loads((STATIC / "vendor/manifest.json").read_text())


def test_every_vendored_file_is_as_the_manifest_says():
    for row in MANIFEST:
        digest = hashlib.sha256((STATIC / row["file"]).read_bytes()).hexdigest()
        assert digest == row["sha256"], f"{row['file']} is not the file the manifest names"
        assert (STATIC / row["licence_file"]).read_text().strip(), f"no licence text for {row['file']}"
        assert all(row[key] for key in ("name", "version", "licence", "source"))


def test_no_vendored_file_is_missing_from_the_manifest():
    named = {row["file"] for row in MANIFEST} | {row["licence_file"] for row in MANIFEST} | {"vendor/manifest.json"}
    there = {
        path.relative_to(STATIC).as_posix() for folder in ("vendor", "fonts") for path in (STATIC / folder).rglob("*.*")
    }
    assert there <= named


def test_style_sheets_ask_only_for_files_that_exist_and_only_for_ours():
    for sheet in (STATIC / "css").rglob("*.css"):
        for address in re.findall(r'url\("?([^")]+)"?\)', sheet.read_text()):
            assert address.startswith("/static/"), f"{sheet.name} fetches {address} from elsewhere"
            assert (STATIC / address.removeprefix("/static/")).is_file(), f"{sheet.name} asks for {address}"


def test_every_icon_a_template_names_is_in_the_sprite():
    sprite = ElementTree.parse(STATIC / "img/icons.svg")  # noqa: S314 - our own file
    carried = {symbol.get("id") for symbol in sprite.getroot()}
    asked = re.compile(r"""\bicon_?\(\s*'([a-z0-9-]+)'|["']?icon["']?\s*[:=]\s*["']([a-z0-9-]+)["']""")
    for page in (ROOT / "templates").rglob("*.html"):
        for names in asked.findall(page.read_text()):
            name = names[0] or names[1]
            assert name in carried, f"{page.relative_to(ROOT)} names the icon {name!r}, which the sprite does not carry"
