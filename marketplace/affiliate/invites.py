"""Invitations into a program: its one link for anybody, and people by name with a code kept for each.

A person's invitation is claimed once, by whoever has its link, as the creator she is signed in as.
Until then her code credits nobody; from the claim on it is hers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace import clock, db
from marketplace.accounts.models import Membership, User
from marketplace.affiliate import enrolments, links
from marketplace.affiliate.events import Invited
from marketplace.affiliate.models import DiscountCode, Enrolment, Program, ProgramInvite
from marketplace.affiliate.states import EnrolmentState
from marketplace.authz import Actor
from marketplace.brands import queries as brands
from marketplace.errors import Refused
from marketplace.events import emit, record

MOST = 500  # people in one go
_ADDRESS = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_HEADINGS = {
    "name": {"name", "creator", "person"},
    "email": {"email", "e-mail", "mail", "address"},
    "code": {"code", "coupon", "discount code"},
}


@dataclass(frozen=True)
class Person:
    """A row of a list of people: who would be invited, or why not (`problem`)."""

    row: int
    name: str
    email: str
    code: str
    problem: str = ""


def invite_link(program: Program, *, by: Actor) -> ProgramInvite:
    """The program's invite link; made when there is none."""
    _refuse_unverified(program)
    found = _link_of(program.id)
    if found is not None:
        return found
    row = _write(program, reusable=True)
    record(
        "affiliate.invite_link_made", by=by, subject=("program_invite", row.id), data={"program_id": str(program.id)}
    )
    return row


def withdraw(row: ProgramInvite, *, by: Actor) -> ProgramInvite:
    """The link leads nowhere from now on; who joined by it stays."""
    if row.claimed_at is not None:
        raise Refused(gettext("This invitation was taken up already."))
    if row.withdrawn_at is None:
        row.withdrawn_at = clock.now()
        record("affiliate.invite_withdrawn", by=by, subject=("program_invite", row.id), data={})
    return row


def look(program: Program, text: str) -> list[Person]:
    """The dry run of a list of people: name, e-mail and code, one person a row, with a heading or in this order.

    Raises Refused (422) for a list that is empty, too long or no list.
    """
    rows = _cells(text)
    if not rows:
        raise Refused(gettext("Write one person a row: name, e-mail, code."), status=422, field="people")
    if len(rows) > MOST:
        raise Refused(gettext("Invite at most %(n)s people at a time.", n=MOST), status=422, field="people")
    return list(_judged(program, rows))


def invite(program: Program, people: list[Person], *, by: Actor) -> list[ProgramInvite]:
    """Invite everybody of a dry run who has no problem; who has an address gets a mail."""
    _refuse_unverified(program)
    made = []
    for person in people:
        if not person.problem:
            row = _write(program, reusable=False, name=person.name, email=person.email or None, code=person.code)
            emit(Invited(row.id, program.id, program.brand_party_id), by=by)
            made.append(row)
    return made


def claim(row: ProgramInvite, *, by: Actor) -> Enrolment:
    """Join by an invitation, on the program's terms. Raises Refused when it is used up, or when she has left."""
    assert by.party_id is not None
    db.lock(row)
    if row.withdrawn_at is not None or row.claimed_at is not None:
        raise Refused(gettext("This invitation is not open any more. Ask the brand for a new one."))
    program = db.session.get_one(Program, row.program_id)
    enrolment = db.session.scalar(
        sa.select(Enrolment).where(Enrolment.program_id == program.id, Enrolment.creator_party_id == by.party_id)
    )
    if enrolment is None:
        enrolment = enrolments.join(program, by=by, invited=row.reusable, named=not row.reusable)
    elif enrolment.state == EnrolmentState.ENDED:
        raise Refused(gettext("You have left this program. Ask the brand to take you in again."))
    elif enrolment.state == EnrolmentState.PENDING and not row.reusable:
        enrolments.approve(enrolment, by=by)
    if not row.reusable:
        if row.code:
            links.give_code(program, row.code, enrolment=enrolment, by=by)
        row.claimed_at, row.enrolment_id = clock.now(), enrolment.id
    return enrolment


def link(row: ProgramInvite) -> str:
    """The local address that claims an invitation."""
    return f"/programs/invitations/{_signer().dumps(db.short(row.id))}"


def by_token(token: str) -> ProgramInvite | None:
    """The open invitation behind a link."""
    try:
        row = db.session.get(ProgramInvite, db.long(_signer().loads(token)))
    except (BadSignature, ValueError, TypeError):
        return None
    return row if row and row.withdrawn_at is None and row.claimed_at is None else None


def of_program(program: Program) -> tuple[ProgramInvite | None, list[ProgramInvite]]:
    """The program's link, and everybody invited by name, newest first."""
    rows = db.session.scalars(
        sa.select(ProgramInvite)
        .where(ProgramInvite.program_id == program.id, ~ProgramInvite.reusable, ProgramInvite.withdrawn_at.is_(None))
        .order_by(ProgramInvite.id.desc())
        .limit(MOST)
    )
    return _link_of(program.id), list(rows)


def of_brand(actor: Actor, invite_id: UUID) -> ProgramInvite | None:
    """An invitation into one of the acting brand's programs."""
    return db.session.scalar(
        sa.select(ProgramInvite)
        .join(Program)
        .where(ProgramInvite.id == invite_id, Program.brand_party_id == actor.party_id)
    )


def _cells(text: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of a list as name, email and code, by its heading or in that order."""
    first = text.lstrip("\ufeff").lstrip().splitlines()[:1]
    delimiter = max(",;\t", key=first[0].count) if first else ","
    try:
        reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter, strict=True)
        rows = [
            (n, [cell.strip() for cell in cells]) for n, cells in enumerate(reader, 1) if any(map(str.strip, cells))
        ]
    except csv.Error:
        raise Refused(gettext("A quotation mark stands alone in this list."), status=422, field="people") from None
    order = ["name", "email", "code"]
    heads = (
        [next((k for k, known in _HEADINGS.items() if cell.lower() in known), "") for cell in rows[0][1]]
        if rows
        else []
    )
    if any(heads):
        order, rows = heads, rows[1:]
    return [(n, {key: cell for key, cell in zip(order, cells, strict=False) if key}) for n, cells in rows]


def _judged(program: Program, rows: list[tuple[int, dict[str, str]]]) -> Iterator[Person]:
    emails, codes = _taken(program, rows)
    for row, cells in rows:
        name, email = cells.get("name", "")[:80], cells.get("email", "").lower()
        text = cells.get("code", "")[:41]
        code, problem = links.normalise(text), ""
        if not name and not email:
            problem = gettext("Give a name or an e-mail address.")
        elif email and not _ADDRESS.fullmatch(email[:254]):
            problem = gettext("“%(text)s” is not an e-mail address.", text=email[:60])
        elif email in emails:
            problem = gettext("Invited or in the program already.")
        elif len(text) > 40 or any(c.isspace() or not c.isprintable() for c in code):
            problem = gettext("A code is one word.")
        elif code and code in codes:
            problem = gettext("Somebody holds this code, or it is kept for somebody.")
        else:
            emails |= {email} - {""}
            codes |= {code} - {""}
        yield Person(row, name, email, text, problem)


def _taken(program: Program, rows: list[tuple[int, dict[str, str]]]) -> tuple[set[str], set[str]]:
    """Addresses that are in or invited, and codes that are held or kept."""
    asked = [cells["email"].lower() for _, cells in rows if cells.get("email")]
    inside = (
        sa.select(User.email)
        .join(Membership)
        .join(Enrolment, Enrolment.creator_party_id == Membership.party_id)
        .where(Enrolment.program_id == program.id, Enrolment.state != "ended", sa.func.lower(User.email).in_(asked))
    )
    waiting = sa.select(ProgramInvite.email, ProgramInvite.code).where(
        ProgramInvite.program_id == program.id,
        ProgramInvite.withdrawn_at.is_(None),
        ProgramInvite.claimed_at.is_(None),
    )
    held = sa.select(DiscountCode.code).where(
        DiscountCode.program_id == program.id,
        sa.or_(DiscountCode.valid_until.is_(None), DiscountCode.valid_until > clock.now()),
    )
    invited = db.session.execute(waiting).all()
    emails = {email.lower() for email in db.session.scalars(inside) if email} | {
        row.email for row in invited if row.email
    }
    return emails, set(db.session.scalars(held)) | {links.normalise(row.code) for row in invited if row.code}


def _write(
    program: Program, *, reusable: bool, name: str = "", email: str | None = None, code: str = ""
) -> ProgramInvite:
    row = ProgramInvite(
        id=db.new_id(),
        program_id=program.id,
        reusable=reusable,
        name=name,
        email=email,
        code=code,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def _link_of(program_id: UUID) -> ProgramInvite | None:
    return db.session.scalar(
        sa.select(ProgramInvite).where(
            ProgramInvite.program_id == program_id, ProgramInvite.reusable, ProgramInvite.withdrawn_at.is_(None)
        )
    )


def _refuse_unverified(program: Program) -> None:
    if not brands.may_reach_creators(program.brand_party_id):
        raise Refused(gettext("Creators can be invited once your brand is verified."), status=403)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="program-invite")
