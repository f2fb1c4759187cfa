"""A language nobody speaks: every translatable sentence accented, a third longer and in ⟦brackets⟧.

What stands on a page without brackets cannot be translated, and what is cut off here is cut off in
German. The catalog holds what is marked in the code and templates and, from the tables of states
and clocks, the sentences that are looked up by their text. `write(folder)` makes the catalog.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
KEPT = re.compile(r"(%(?:\(\w+\))?[-+# 0-9.]*[a-z%]|<[^>]+>|&\w+;)")
ACCENTS = str.maketrans("AaCcEeGgIiNnOoSsUuYyZz", "ÅåÇçÉéĞğÎîÑñØøŠšÛûÝýŽž")


def pseudo(sentence: str) -> str:
    """The sentence as it reads in the language nobody speaks; placeholders and tags stay."""
    parts = KEPT.split(sentence)
    words = "".join(part if index % 2 else part.translate(ACCENTS) for index, part in enumerate(parts))
    return f"⟦{words}{' ~' * max(1, len(sentence) // 8)}⟧"


def write(folder: Path) -> Path:
    """Write the catalog below a folder, in place of English; returns the folder."""
    target = folder / "en" / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalog())
    return folder


def catalog() -> Catalog:
    """Every sentence that can be translated, translated."""
    found = Catalog(locale="en")
    for _, id_ in sentences():
        found.add(id_, tuple(map(pseudo, id_)) if isinstance(id_, tuple) else pseudo(id_))
    return found


def sentences() -> Iterator[tuple[Path, str | tuple[str, ...]]]:
    """Everything that can be translated, with the file it stands in; a tuple holds singular and plural."""
    yield from _marked()
    yield from _looked_up()


def _marked() -> Iterator[tuple[Path, str | tuple[str, ...]]]:
    sources = [(path, "python") for path in (ROOT / "marketplace").rglob("*.py")]
    sources += [(path, "jinja2.ext:babel_extract") for path in (ROOT / "templates").rglob("*") if path.is_file()]
    for path, method in sources:
        options = {} if method == "python" else {"silent": "false"}
        for _, id_, _, _ in extract_from_file(method, path, KEYWORDS, options=options):
            if id_:
                yield path, Message(id_).id


def _looked_up() -> Iterator[tuple[Path, str]]:
    """Texts of clocks and states, and of constants, that `gettext(variable)` finds by their words; no docstrings."""
    for path in (ROOT / "marketplace").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        spoken = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in spoken:
                continue
            if _says_something(node.value):
                yield path, node.value


def _says_something(text: str) -> bool:
    """A sentence rather than a name, a path or a query: begins with a capital or ends with a stop, holds a space."""
    begins, ends = re.match(r"[A-Z“][\w’']*[,;:]? \S", text), re.match(r"[a-z][\w’']* [^=]*\.$", text)
    return bool(begins or ends) and "\n" not in text and not text.isupper()
