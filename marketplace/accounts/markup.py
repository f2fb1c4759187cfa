"""The few marks a published text may wear, read into plain data that a template writes out escaped.

No HTML is made here and none that was typed survives: `<b>` stays the three characters it is. Known are `# Title` and
`## Smaller title`, lists (`- ` or `1. `), an empty line between paragraphs, `**strong**`, `[words](https://…)` and bare
web addresses. Links lead to `https:`, `http:`, `mailto:` or a page of this portal, and nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from marketplace import web

HEADING = re.compile(r"(#{1,3})\s+(.+)")
ITEM = re.compile(r"(?:[-*•]|(\d{1,3})[.)])\s+(.+)")
INLINE = re.compile(
    r"\*\*(?P<strong>[^*\n]{1,500})\*\*|\[(?P<words>[^\]\n]{1,300})\]\((?P<target>[^)\s]{1,500})\)"
    r"|(?P<bare>https?://[^\s<>()\"]{1,500}[^\s<>()\".,;:!?])"
)


@dataclass(frozen=True)
class Span:
    """A run of words: plain, strong or a link."""

    words: str
    strong: bool = False
    href: str | None = None


@dataclass(frozen=True)
class Block:
    """`kind` is `h2`, `h3`, `p`, `ul` or `ol`; `lines` has one line for a title, the lines of a paragraph, or the items.

    `first` is the number an ordered list begins with.
    """

    kind: str
    lines: list[list[Span]]
    first: int = 1


def blocks(text: str) -> list[Block]:
    """A text as blocks, top to bottom."""
    found: list[Block] = []
    for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        open_: Block | None = None
        for line in filter(None, (line.strip() for line in part.split("\n"))):
            open_ = _line(line, open_, found)
    return found


def _line(line: str, open_: Block | None, found: list[Block]) -> Block | None:
    """Put one line where it belongs: into the block that is open, or into a new one. Returns what is open then."""
    if heading := HEADING.fullmatch(line):
        found.append(Block("h2" if len(heading[1]) == 1 else "h3", [_spans(heading[2])]))
        return None
    item = ITEM.fullmatch(line)
    kind = ("ol" if item[1] else "ul") if item else "p"
    if item is None and open_ is not None and open_.kind != "p":
        open_.lines[-1] += [Span(" "), *_spans(line)]  # an item that goes on
        return open_
    if open_ is None or open_.kind != kind:
        open_ = Block(kind, [], int(item[1]) if item and item[1] else 1)
        found.append(open_)
    open_.lines.append(_spans(item[2] if item else line))
    return open_


def _spans(line: str) -> list[Span]:
    spans, at = [], 0
    for match in INLINE.finditer(line):
        href = match["target"] or match["bare"]
        if match["target"] and not _leads_somewhere(match["target"]):
            continue  # it stays as it was typed
        spans += [Span(line[at : match.start()])] if match.start() > at else []
        spans.append(Span(match["strong"] or match["words"] or match["bare"], match["strong"] is not None, href))
        at = match.end()
    return [*spans, Span(line[at:])] if at < len(line) else spans


def _leads_somewhere(target: str) -> bool:
    return re.match(r"(?:https?://|mailto:)[^\s]", target) is not None or web.safe_next(target) is not None
