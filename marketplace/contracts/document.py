"""Writing the document: canonical JSON, its text in plain language, and its digest.

The text comes from the versioned template `templates/contracts/<version>/contract.txt` in the
contract's own language, or `direct.txt` beside it where the brand pays the creator itself. It names the sides by role; names stand in erasable rows and only their
salted digests are part of what is signed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

import rfc8785
from babel.dates import format_date
from flask import render_template
from flask_babel import force_locale

from marketplace import clock
from marketplace.accounts.models import Party
from marketplace.briefs import words
from marketplace.briefs.parts import DEFAULT_CLOCKS, paid_directly, part, pay_days
from marketplace.collaborations import wording
from marketplace.collaborations.models import Deal
from marketplace.contracts import law
from marketplace.money import Money, percentage
from marketplace.payments import fees
from marketplace.payments.clocks import ARRIVAL
from marketplace.terms.models import TermsVersion

TEMPLATE = "v3"


@dataclass(frozen=True)
class Section:
    """A heading and its paragraphs; a paragraph that is a list holds several lines."""

    title: str
    paragraphs: list[list[str]]


def write(deal: Deal, version: TermsVersion, creator: Party, brand: Party) -> tuple[dict[str, Any], dict[str, str]]:
    """The document and the salts of the two names."""
    day = clock.today(brand.zone)
    salts = {side: secrets.token_hex(16) for side in ("creator", "brand")}
    sides = {
        side: {"party": str(party.id), "country": party.country, "name_digest": name_digest(party.name, salts[side])}
        for side, party in (("creator", creator), ("brand", brand))
    }
    document = {
        "template": f"contracts/{TEMPLATE}",
        "language": version.language,
        "deal": str(deal.id),
        "day": day.isoformat(),
        "parties": sides,
        "terms": {"version": str(version.id), "sha256": version.sha256, "body": version.body},
        "text": text(version.body, version.language, day, {creator.country, brand.country}),
    }
    return document, salts


def text(body: dict[str, Any], language: str, day: date, countries: set[str]) -> str:
    """The contract in words."""

    def amount(minor: int | None) -> str:
        return Money(int(minor or 0), body["currency"]).format(language)

    def on(value: str | None) -> str:
        return format_date(date.fromisoformat(value), "long", locale=language) if value else ""

    with force_locale(language):
        protected = law.protected_amount(body)
        promise = (part(body, "commission") or {}).get("program")
        directly = bool(protected) and paid_directly(body)
        written: str = render_template(
            f"contracts/{TEMPLATE}/{'direct' if directly else 'contract'}.txt",
            body=body,
            day=format_date(day, "long", locale=language),
            amount=amount,
            on=on,
            part=lambda kind: part(body, kind),
            clocks={**DEFAULT_CLOCKS, **(body.get("clocks") or {})},
            protected=protected,
            pay_days=pay_days(body),
            arrival_days=ARRIVAL.days,
            fee_taken=fees.platform_fee(protected),
            pieces=[wording.piece(line) for line in body.get("deliverables") or []],
            grants=[wording.grant(row, body["currency"], language) for row in body.get("rights") or []],
            later=wording.compensation(body, kinds=("retainer", "milestones", "royalty")),
            demands=law.demands(body, countries, day),
            program_name=words.program_name(promise) if promise else "",
            program_clauses=words.program(body)[1:],
            commission=percentage(int((part(body, "commission") or {}).get("rate_bps") or 0)),
        )
    lines = [line.rstrip() for line in written.strip().splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def sections(written: str) -> list[Section]:
    """The text as sections: `# ` begins one, a blank line a paragraph, `- ` a line of a list."""
    found: list[Section] = []
    fresh = True
    for line in written.splitlines():
        if line.startswith("# "):
            found.append(Section(line[2:], []))
            fresh = True
        elif not line:
            fresh = True
        elif found:
            if fresh:
                found[-1].paragraphs.append([])
            found[-1].paragraphs[-1].append(line)
            fresh = False
    return found


def digest(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785), in hex."""
    return hashlib.sha256(rfc8785.dumps(document)).hexdigest()


def name_digest(name: str, salt: str) -> str:
    """The salted digest of a name."""
    return hashlib.sha256(f"{salt}:{name}".encode()).hexdigest()
