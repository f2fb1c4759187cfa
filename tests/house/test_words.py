"""Copy: every sentence is translatable, and one word never appears anywhere."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests import pseudo

pytestmark = pytest.mark.plain

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
CLASSES = re.compile(r"\{%-? block body_class -?%\}.*?\{%-? endblock -?%\}", re.DOTALL)
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
SPOKEN = ("alt", "aria-label", "placeholder", "title")
DEMO = ROOT / "marketplace" / "admin" / "demo"  # its people have names and write of each other
PRONOUN = re.compile(r"(?<!\w)(?<!%\()(?:she|her|hers|herself|he|him|his|himself)(?!\w)", re.IGNORECASE)
# Words that are the same in every language, or names.
SAME_EVERYWHERE = {"Goodword", "http", "https", "CSV", "PDF", "QR", "GET", "POST"}


class Copy(HTMLParser):
    """Collects what a person would read of a template: text and the attributes that are spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"input", "br", "hr", "img", "meta", "link", "use", "path", "source", "col", "wbr"}:
            self.inside.append(tag)
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "code"} & set(self.inside):
            self.found.append(data)


def bare_words(source: str) -> list[str]:
    """Words of a template that do not go through gettext."""
    reader = Copy()
    reader.feed(JINJA.sub(" ", CLASSES.sub(" ", source)))
    words = [word for text in reader.found for word in re.findall(r"[^\W\d_]{3,}", text)]
    return [word for word in words if word not in SAME_EVERYWHERE]


def test_every_sentence_of_every_template_is_translatable() -> None:
    wrong = {}
    for path in sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("notifications/*/*.txt")]):
        if path.name == "components.html":
            continue  # invented names and figures, seen by who builds this
        if words := bare_words(path.read_text()):
            wrong[path.relative_to(TEMPLATES).as_posix()] = words
    assert not wrong, wrong


def test_the_check_finds_a_bare_sentence() -> None:
    assert bare_words("<p>Hello {{ _('you') }}</p>") == ["Hello"]
    assert bare_words('<img alt="A cat">') == ["cat"]
    assert bare_words("{% if a > b %}<p>{{ _('Hello') }}</p>{% endif %}") == []


def test_nobody_we_do_not_know_is_called_she_or_he() -> None:
    """A sentence is read by everybody: it says they, a name, or what the person does here."""
    wrong = {
        f"{path.relative_to(ROOT)}: {sentence}"
        for path, id_ in pseudo.sentences()
        if DEMO not in path.parents
        for sentence in ([id_] if isinstance(id_, str) else id_)
        if PRONOUN.search(sentence)
    }
    assert not wrong, wrong


def test_the_check_finds_a_pronoun_and_lets_a_placeholder_be() -> None:
    assert PRONOUN.search("What waits for Her.")
    assert PRONOUN.search("The creator (she) answers.")
    assert not PRONOUN.search("%(hers)s of there, %(his)s of this")


def test_the_forbidden_word_is_nowhere() -> None:
    """A protected payment is not one: the word has a meaning in law that we do not claim."""
    forbidden = "esc" + "row"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    wrong = [
        name
        for name in listed
        if Path(name).suffix in {".py", ".html", ".txt", ".md", ".css", ".js", ".toml", ".typ"}
        and not name.startswith("static/vendor/")
        and (ROOT / name).is_file()
        and forbidden in (ROOT / name).read_text(errors="replace").lower()
    ]
    assert not wrong, wrong
