"""Reading programs, links and statements, always as the one who asks may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.affiliate.models import (
    Click,
    DiscountCode,
    Enrolment,
    Import,
    Program,
    ProgramTerms,
    ShopKey,
    TrackingLink,
)
from marketplace.affiliate.models import Shop as ShopRow
from marketplace.affiliate.sales_models import BatchPayment, Line, ReleaseBatch, Statement
from marketplace.authz import Actor

PAGE = 50
STATEMENTS = 25  # of a program, on a page


@dataclass(frozen=True)
class ProgramLine:
    """A program of the brand at a glance."""

    program: Program
    affiliates: int
    waiting: int


@dataclass(frozen=True)
class LinkLine:
    """A link and how often it was followed (labelled visits and repeats of a day left out)."""

    link: TrackingLink
    visits: int


@dataclass(frozen=True)
class Membership:
    """One of a creator's enrolments with its links and codes."""

    enrolment: Enrolment
    links: list[LinkLine]
    codes: list[DiscountCode]


@dataclass(frozen=True)
class StatementLine:
    """A statement in a list, with the other side's name."""

    statement: Statement
    program: Program
    name: str
    released: bool
    paid: bool
    paid_directly: bool


def own_program(actor: Actor, program_id: UUID) -> Program | None:
    """A program of the actor's brand."""
    return db.session.scalar(
        sa.select(Program).where(Program.id == program_id, Program.brand_party_id == actor.party_id)
    )


def own_programs(actor: Actor) -> list[ProgramLine]:
    """The brand's programs with how many affiliates they have and how many ask to join."""
    rows = db.session.execute(
        sa.select(
            Program,
            sa.func.count().filter(Enrolment.state == "active"),
            sa.func.count().filter(Enrolment.state == "pending"),
        )
        .outerjoin(Enrolment, Enrolment.program_id == Program.id)
        .where(Program.brand_party_id == actor.party_id)
        .group_by(Program.id)
        .order_by(Program.id.desc())
    )
    return [ProgramLine(*row) for row in rows]


def public_program(slug: str) -> Program | None:
    """A program anybody may read about."""
    return db.session.scalar(sa.select(Program).options(joinedload(Program.brand)).where(Program.slug == slug))


def open_programs_of(brand_party_id: UUID) -> list[Program]:
    """The brand's programs that take affiliates."""
    return list(
        db.session.scalars(
            sa.select(Program)
            .where(Program.brand_party_id == brand_party_id, Program.state == "open")
            .order_by(Program.id)
        )
    )


def enrolment_of(actor: Actor, program_id: UUID) -> Enrolment | None:
    """The acting creator's place in a program, if any."""
    return db.session.scalar(
        sa.select(Enrolment).where(Enrolment.program_id == program_id, Enrolment.creator_party_id == actor.party_id)
    )


def enrolment_of_brand(actor: Actor, enrolment_id: UUID) -> Enrolment | None:
    """An affiliate in one of the actor's programs."""
    return db.session.scalar(
        sa.select(Enrolment)
        .join(Program)
        .options(joinedload(Enrolment.program), joinedload(Enrolment.creator))
        .where(Enrolment.id == enrolment_id, Program.brand_party_id == actor.party_id)
    )


def own_enrolment(actor: Actor, enrolment_id: UUID) -> Enrolment | None:
    """One of the acting creator's enrolments."""
    return db.session.scalar(
        sa.select(Enrolment).where(Enrolment.id == enrolment_id, Enrolment.creator_party_id == actor.party_id)
    )


def newer_for(actor: Actor, enrolment_id: UUID, terms_id: UUID) -> tuple[Enrolment, ProgramTerms] | None:
    """One of the acting creator's enrolments and terms of its program."""
    row = own_enrolment(actor, enrolment_id)
    terms = db.session.get(ProgramTerms, terms_id)
    return (row, terms) if row and terms and terms.program_id == row.program_id else None


def own_link(actor: Actor, link_id: UUID) -> TrackingLink | None:
    """One of the acting creator's links."""
    return db.session.scalar(
        sa.select(TrackingLink)
        .join(Enrolment)
        .options(joinedload(TrackingLink.enrolment).joinedload(Enrolment.program))
        .where(TrackingLink.id == link_id, Enrolment.creator_party_id == actor.party_id)
    )


def code_of_brand(actor: Actor, code_id: UUID) -> DiscountCode | None:
    """A code in one of the actor's programs."""
    return db.session.scalar(
        sa.select(DiscountCode)
        .join(Program, Program.id == DiscountCode.program_id)
        .where(DiscountCode.id == code_id, Program.brand_party_id == actor.party_id)
    )


def memberships(actor: Actor) -> list[Membership]:
    """The acting creator's programs with links and codes: three queries, however many."""
    enrolments = db.session.scalars(
        sa.select(Enrolment)
        .options(joinedload(Enrolment.program).joinedload(Program.brand))
        .where(Enrolment.creator_party_id == actor.party_id)
        .order_by(Enrolment.id.desc())
    ).all()
    ids = [row.id for row in enrolments]
    links = visits_of(sa.select(TrackingLink).where(TrackingLink.enrolment_id.in_(ids)))
    codes = db.session.scalars(
        sa.select(DiscountCode)
        .where(
            DiscountCode.enrolment_id.in_(ids),
            sa.or_(DiscountCode.valid_until.is_(None), DiscountCode.valid_until > clock.now()),
        )
        .order_by(DiscountCode.id)
    ).all()
    return [
        Membership(
            row,
            [line for line in links if line.link.enrolment_id == row.id],
            [code for code in codes if code.enrolment_id == row.id],
        )
        for row in enrolments
    ]


def visits_of(links: sa.Select[TrackingLink]) -> list[LinkLine]:
    """Links with their counted visits: unlabelled, one a browser and day where consent joins them."""
    once = sa.func.coalesce(
        sa.func.encode(Click.browser, "hex") + sa.cast(sa.func.date(Click.occurred_at), sa.Text),
        sa.cast(Click.id, sa.Text),
    )
    visits = (
        sa.select(sa.func.count(sa.distinct(once)))
        .where(Click.link_id == TrackingLink.id, Click.label == "")
        .correlate(TrackingLink)
        .scalar_subquery()
    )
    rows = db.session.execute(links.add_columns(visits).order_by(TrackingLink.id.desc()))
    return [LinkLine(row[0], row[1]) for row in rows]


def affiliate_details(enrolment: Enrolment) -> dict[str, Any]:
    """An affiliate's links with their visits, every code of theirs here, and their statements, newest first."""
    codes = sa.select(DiscountCode).where(DiscountCode.enrolment_id == enrolment.id).order_by(DiscountCode.id.desc())
    return {
        "links": visits_of(sa.select(TrackingLink).where(TrackingLink.enrolment_id == enrolment.id)),
        "codes": list(db.session.scalars(codes)),
        "statements": _statements(Statement.enrolment_id == enrolment.id, by_brand=True),
    }


def shops_of(program: Program) -> list[tuple[ShopRow, list[ShopKey]]]:
    """A program's shops with their live keys."""
    rows = db.session.execute(
        sa.select(ShopRow, ShopKey)
        .outerjoin(ShopKey, sa.and_(ShopKey.shop_id == ShopRow.id, ShopKey.revoked_at.is_(None)))
        .where(ShopRow.program_id == program.id)
        .order_by(ShopRow.created_at, ShopKey.id)
    )
    found: dict[UUID, tuple[ShopRow, list[ShopKey]]] = {}
    for shop, key in rows:
        found.setdefault(shop.id, (shop, []))
        if key:
            found[shop.id][1].append(key)
    return list(found.values())


def shop_of_brand(actor: Actor, shop_id: UUID) -> ShopRow | None:
    """A shop in one of the actor's programs."""
    return db.session.scalar(
        sa.select(ShopRow)
        .join(Program, Program.id == ShopRow.program_id)
        .where(ShopRow.id == shop_id, Program.brand_party_id == actor.party_id)
    )


def key_of_brand(actor: Actor, key_id: UUID) -> ShopKey | None:
    """An API key of one of the actor's shops."""
    return db.session.scalar(
        sa.select(ShopKey)
        .join(ShopRow, ShopRow.id == ShopKey.shop_id)
        .join(Program, Program.id == ShopRow.program_id)
        .where(ShopKey.id == key_id, Program.brand_party_id == actor.party_id)
    )


def own_import(actor: Actor, import_id: UUID) -> Import | None:
    """A file of orders of one of the actor's programs."""
    return db.session.scalar(
        sa.select(Import)
        .join(Program, Program.id == Import.program_id)
        .where(Import.id == import_id, Program.brand_party_id == actor.party_id)
    )


def imports_of(program: Program) -> list[Import]:
    """The last files of orders, newest first."""
    query = sa.select(Import).where(Import.program_id == program.id).order_by(Import.id.desc()).limit(PAGE)
    return list(db.session.scalars(query))


def statements_of_creator(actor: Actor) -> list[StatementLine]:
    """The acting creator's statements, newest first."""
    return _statements(Enrolment.creator_party_id == actor.party_id, by_brand=False)


def statements_of_program(program: Program, page: int = 1) -> tuple[list[StatementLine], int]:
    """A page of a program's statements, newest first, and how many pages there are."""
    mine = Statement.program_id == program.id
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Statement).where(mine)) or 0
    rows = _statements(mine, by_brand=True, limit=STATEMENTS, offset=(page - 1) * STATEMENTS)
    return rows, max(1, -(-count // STATEMENTS))


def _statements(
    condition: sa.ColumnElement[bool], *, by_brand: bool, limit: int = 500, offset: int = 0
) -> list[StatementLine]:
    other = Enrolment.creator_party_id if by_brand else Program.brand_party_id
    rows = db.session.execute(
        sa.select(
            Statement,
            Program,
            Party.name,
            ReleaseBatch.id.is_not(None),
            BatchPayment.batch_id.is_not(None),
            ReleaseBatch.paid_directly.is_(True),
        )
        .join(Enrolment, Enrolment.id == Statement.enrolment_id)
        .join(Program, Program.id == Statement.program_id)
        .join(Party, Party.id == other)
        .outerjoin(ReleaseBatch, ReleaseBatch.statement_id == Statement.id)
        .outerjoin(BatchPayment, BatchPayment.batch_id == ReleaseBatch.id)
        .where(condition)
        .order_by(Statement.period_start.desc(), Party.name, Statement.id)
        .limit(limit)
        .offset(offset)
    )
    return [StatementLine(*row) for row in rows]


def visible_statement(actor: Actor, statement_id: UUID) -> Statement | None:
    """A statement of the acting creator, or of one of the acting brand's programs."""
    return db.session.scalar(
        sa.select(Statement)
        .join(Enrolment, Enrolment.id == Statement.enrolment_id)
        .join(Program, Program.id == Statement.program_id)
        .where(
            Statement.id == statement_id,
            sa.or_(Enrolment.creator_party_id == actor.party_id, Program.brand_party_id == actor.party_id),
        )
    )


def visible_line(actor: Actor, enrolment_id: UUID, line_id: UUID) -> Line | None:
    """A line of the acting creator, or in one of the acting brand's programs."""
    return db.session.scalar(
        sa.select(Line)
        .join(Enrolment, Enrolment.id == Line.enrolment_id)
        .join(Program, Program.id == Line.program_id)
        .where(
            Line.enrolment_id == enrolment_id,
            Line.id == line_id,
            sa.or_(Enrolment.creator_party_id == actor.party_id, Program.brand_party_id == actor.party_id),
        )
    )


def creator_name(enrolment_id: UUID) -> str:
    """Whose enrolment it is."""
    query = sa.select(Party.name).join(Enrolment, Enrolment.creator_party_id == Party.id)
    return db.session.scalars(query.where(Enrolment.id == enrolment_id)).one()


def terms_history(program: Program) -> list[ProgramTerms]:
    """Every version of the program's terms, newest first."""
    query = sa.select(ProgramTerms).where(ProgramTerms.program_id == program.id)
    return list(db.session.scalars(query.order_by(ProgramTerms.number.desc())))
