"""The verbs of tracking links and discount codes, and the QR code of a link."""

from __future__ import annotations

import io
import secrets
import unicodedata
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import segno
import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError

from marketplace import clock, db
from marketplace.affiliate.models import DiscountCode, Enrolment, Program, TrackingLink
from marketplace.affiliate.states import EnrolmentState
from marketplace.authz import Actor
from marketplace.brands.models import BrandDomain
from marketplace.errors import Refused
from marketplace.events import record

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without look-alikes: slugs are read aloud and printed


def normalise(text: str) -> str:
    """A code as it is compared: NFKC, casefold, trimmed."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def create(
    enrolment: Enrolment, destination: str, *, by: Actor, label: str = "", slug: str | None = None
) -> TrackingLink:
    """A new link of an affiliate to a page of the brand's shop. Raises Refused (422) in words."""
    if enrolment.state != EnrolmentState.ACTIVE:
        raise Refused(gettext("Links can be made once the brand has let you in."))
    program = db.session.get_one(Program, enrolment.program_id)
    if not leads_home(destination, proven_domains(program.brand_party_id)):
        raise Refused(_where_to(program), status=422, field="destination")
    if slug and db.session.scalar(sa.select(TrackingLink.id).where(TrackingLink.slug == slug)):
        raise Refused(gettext("This address is taken. Choose another."), status=422, field="slug")
    link = TrackingLink(
        id=db.new_id(),
        enrolment_id=enrolment.id,
        program_id=program.id,
        slug=slug or _free_slug(),
        label=label,
        destination=destination,
        sub_ids={},
        valid_from=clock.now(),
    )
    db.session.add(link)
    db.session.flush()
    record("affiliate.link_created", by=by, subject=("tracking_link", link.id), data={"destination": destination})
    return link


def retire(link: TrackingLink, *, by: Actor) -> TrackingLink:
    """Stop counting visits through a link; visitors still arrive."""
    if link.valid_until is None:
        link.valid_until = clock.now()
        record("affiliate.link_retired", by=by, subject=("tracking_link", link.id), data={})
    return link


def give_code(
    program: Program,
    text: str,
    *,
    by: Actor,
    enrolment: Enrolment | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> DiscountCode:
    """Say who holds a code from when to when; without an enrolment it is a public one.

    Raises Refused when the code is held in that interval already.
    """
    code = normalise(text)
    if not code or any(c.isspace() for c in code):
        raise Refused(gettext("A code is one word."), status=422, field="text")
    row = DiscountCode(
        id=db.new_id(),
        program_id=program.id,
        enrolment_id=enrolment.id if enrolment else None,
        text=text.strip(),
        code=code,
        valid_from=valid_from or clock.now(),
        valid_until=valid_until,
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
            db.session.flush()
    except IntegrityError:
        raise Refused(gettext("Somebody holds this code in that time already."), status=422, field="text") from None
    record("affiliate.code_given", by=by, subject=("discount_code", row.id), data={"code": code})
    return row


def withdraw_code(row: DiscountCode, *, by: Actor) -> DiscountCode:
    """From now on the code credits nobody; it may be given to somebody else."""
    now = clock.now()
    if row.valid_until is None or row.valid_until > now:
        row.valid_until = max(now, row.valid_from + timedelta(microseconds=1))  # an interval is never empty
        record("affiliate.code_withdrawn", by=by, subject=("discount_code", row.id), data={"code": row.code})
    return row


def proven_domains(brand_party_id: UUID) -> list[str]:
    """The domains a brand has proven to be its own."""
    return list(
        db.session.scalars(
            sa.select(BrandDomain.domain)
            .where(BrandDomain.party_id == brand_party_id, BrandDomain.verified_at.is_not(None))
            .order_by(BrandDomain.domain)
        )
    )


def leads_home(destination: str, domains: list[str]) -> bool:
    """Does an address lie on one of these domains or below it? Anything odd does not.

    A domain with a port is a loopback host that was proven in development, and is meant as it stands.
    """
    if any(c.isspace() or c == "\\" or ord(c) < 32 for c in destination):
        return False
    try:
        parts = urlsplit(destination)
        host = (parts.hostname or "").rstrip(".").lower()
        named = parts.username is not None or parts.password is not None
        odd = named or (parts.port not in (None, 80, 443) and parts.netloc not in domains)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or odd:
        return False
    return parts.netloc in domains or any(host == domain or host.endswith(f".{domain}") for domain in domains)


def qr(address: str) -> str:
    """The QR code of an address as an SVG element."""
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, scale=4, border=2, dark="#000", light="#fff"
    )
    return out.getvalue().decode()


def _where_to(program: Program) -> str:
    domains = proven_domains(program.brand_party_id)
    if not domains:
        return gettext("The brand has not proven a domain yet, so links cannot lead anywhere.")
    return gettext("A link must lead to a page on %(domains)s.", domains=", ".join(domains))


def _free_slug() -> str:
    while True:
        slug = "".join(secrets.choice(_ALPHABET) for _ in range(7))
        if not db.session.scalar(sa.select(TrackingLink.id).where(TrackingLink.slug == slug)):
            return slug
