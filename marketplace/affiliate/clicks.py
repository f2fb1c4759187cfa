"""A visit through a link: label it, write it down, forward it.

With consent (or where none is required) the shop gets a signed token and the browser a first-party
cookie of the portal; without it only the link's slug travels. A signal against tracking
(Sec-GPC, DNT) counts as a refusal.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.affiliate import tokens
from marketplace.affiliate.links import leads_home, proven_domains
from marketplace.affiliate.models import Click, Enrolment, Program, TrackingLink
from marketplace.affiliate.states import EnrolmentState

COOKIE = "gw_visit"
COOKIE_DAYS = 90
SUB_IDS = ("s1", "s2", "s3", "s4", "s5")
_BOT = re.compile(
    r"bot\b|bots\b|crawl|spider|slurp|preview|facebookexternalhit|whatsapp|telegram|discord|embedly|"
    r"curl|wget|python|httpx|aiohttp|okhttp|java/|go-http|libwww|headless|lighthouse|monitor|scan",
    re.IGNORECASE,
)
_PHONE = re.compile(r"mobi|iphone|android.*mobile", re.IGNORECASE)
_TABLET = re.compile(r"ipad|tablet|android(?!.*mobile)", re.IGNORECASE)


@dataclass(frozen=True)
class Visit:
    """What a request says about itself. Header names are lower case; nothing here is an address."""

    method: str
    headers: Mapping[str, str]
    arguments: Mapping[str, str]
    cookie: str | None

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Forward:
    """Where the visitor goes, and the cookie to set, if any."""

    address: str
    cookie: str | None


def follow(link: TrackingLink, visit: Visit) -> Forward | None:
    """Write the click and say where to go; None when the link leads nowhere the brand owns."""
    program = db.session.get_one(Program, link.program_id)
    if not leads_home(link.destination, proven_domains(program.brand_party_id)):
        return None
    label = _label(link, visit)
    consent = consent_of(visit)
    tracked = not label and (consent is True or (consent is None and program.consent == "not_required"))
    cookie = (visit.cookie or secrets.token_urlsafe(16)) if tracked else None
    now = clock.now()
    click = Click(
        id=db.new_id(),
        link_id=link.id,
        program_id=program.id,
        enrolment_id=link.enrolment_id,
        occurred_at=now,
        sub_ids=link.sub_ids | sub_ids(visit.arguments),
        referrer_host=_referrer(visit),
        device=device(visit.header("user-agent")),
        label=label,
        consent=consent,
        browser=tokens.browser_digest(cookie) if cookie else None,
    )
    db.session.execute(sa.insert(Click).values(_columns(click)))
    if tracked:
        return Forward(_with(link.destination, ref_click=tokens.sign(link.id, click.id, now)), cookie)
    return Forward(link.destination if label == "inactive" else _with(link.destination, ref=link.slug), None)


def consent_of(visit: Visit) -> bool | None:
    """What the visitor said: the page she came from may pass `consent=1` or `0` along."""
    if visit.header("sec-gpc") == "1" or visit.header("dnt") == "1":
        return False
    return {"1": True, "0": False}.get(visit.arguments.get("consent", ""))


def sub_ids(arguments: Mapping[str, str]) -> dict[str, str]:
    """The affiliate's own marks, `s1` to `s5`, bounded."""
    found = {name: arguments[name][:64] for name in SUB_IDS if arguments.get(name)}
    return {name: "".join(c for c in value if c.isprintable()) for name, value in found.items()}


def device(user_agent: str) -> str:
    """Coarse: phone, tablet or desktop."""
    if _TABLET.search(user_agent):
        return "tablet"
    return "phone" if _PHONE.search(user_agent) else "desktop"


def _label(link: TrackingLink, visit: Visit) -> str:
    """Why a visit does not count, or nothing."""
    if visit.method == "HEAD":
        return "head"
    purposes = visit.header("purpose") + visit.header("sec-purpose") + visit.header("x-moz")
    if "prefetch" in purposes or "preview" in purposes:
        return "prefetch"
    agent = visit.header("user-agent")
    if not agent or _BOT.search(agent):
        return "bot"
    over = link.valid_until is not None and link.valid_until <= clock.now()
    enrolment = db.session.get_one(Enrolment, link.enrolment_id)
    return "inactive" if over or enrolment.state != EnrolmentState.ACTIVE else ""


def _referrer(visit: Visit) -> str:
    try:
        return (urlsplit(visit.header("referer")).hostname or "")[:200]
    except ValueError:
        return ""


def _with(destination: str, **marks: str) -> str:
    parts = urlsplit(destination)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in marks]
    return urlunsplit(parts._replace(query=urlencode(query + list(marks.items()))))


def _columns(click: Click) -> dict[str, object]:
    return {column.key: getattr(click, column.key) for column in sa.inspect(Click).column_attrs}
