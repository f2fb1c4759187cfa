"""The chain of one commission line: from the click or code to the payout, link by link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.affiliate import direct_payouts, documents, posting, running
from marketplace.affiliate.documents import LINES_AT, Row, row_of
from marketplace.affiliate.models import (
    Click,
    DiscountCode,
    Enrolment,
    EnrolmentTerms,
    Program,
    ProgramTerms,
    TrackingLink,
)
from marketplace.affiliate.sales_models import (
    AttributionDecision,
    BatchPayment,
    Conversion,
    Line,
    Order,
    OrderEvent,
    ReleaseBatch,
    ReleasedLine,
    Statement,
)
from marketplace.affiliate.statements import Period
from marketplace.payments.models import DirectPayment, Journal, Payout
from marketplace.terms.models import TermsVersion


@dataclass(frozen=True)
class TouchLine:
    """A touch as it is shown: by the `name` of its link or code and `whose` it is; both empty where the reader may not
    know them."""

    own: bool
    whose: str
    kind: str
    name: str
    at: datetime
    judged: str
    label: str


@dataclass(frozen=True)
class Chain:
    """Everything behind one line. `number` is its place on its statement; `pays` the month whose statement pays it,
    while no payout has taken it."""

    line: Line
    now: Row
    program: Program
    enrolment: Enrolment
    order: Order
    events: list[OrderEvent]
    touches: list[TouchLine]
    decision: AttributionDecision
    terms: ProgramTerms
    bound: EnrolmentTerms | None
    version: TermsVersion
    siblings: list[Line]
    statement: Statement | None
    number: int | None
    batch: ReleaseBatch | None
    payment: BatchPayment | None
    payout: Payout | None
    journal: Journal | None
    direct: list[DirectPayment]
    pays: Period | None

    @property
    def taken(self) -> ProgramTerms | None:
        """The program's terms with which the affiliate took the rates."""
        return db.session.get_one(ProgramTerms, self.bound.program_terms_id) if self.bound else None


def of(line: Line, *, for_brand: bool = False) -> Chain:
    """Look up the chain of a line. An affiliate reads of others only that there was somebody; the brand reads who."""
    conversion = db.session.get_one(Conversion, line.conversion_id)
    order = db.session.scalars(
        sa.select(Order).options(selectinload(Order.lines)).where(Order.id == conversion.order_id)
    ).one()
    decision = db.session.get_one(AttributionDecision, conversion.id)
    terms = db.session.get_one(ProgramTerms, line.program_terms_id)
    bound = db.session.get(EnrolmentTerms, line.enrolment_terms_id) if line.enrolment_terms_id else None
    batch = db.session.scalar(
        sa.select(ReleaseBatch)
        .join(ReleasedLine, ReleasedLine.batch_id == ReleaseBatch.id)
        .where(ReleasedLine.enrolment_id == line.enrolment_id, ReleasedLine.line_id == line.id)
    )
    payout = _payout(batch) if batch else None
    program = db.session.get_one(Program, line.program_id)
    statement = _statement(line)
    return Chain(
        line=line,
        now=_now(line),
        program=program,
        enrolment=db.session.scalars(
            sa.select(Enrolment).options(joinedload(Enrolment.creator)).where(Enrolment.id == line.enrolment_id)
        ).one(),
        order=order,
        events=_events(order.id),
        touches=_touches(decision, str(line.enrolment_id), for_brand),
        decision=decision,
        terms=terms,
        bound=bound,
        version=db.session.get_one(TermsVersion, bound.version_id if bound else terms.version_id),
        siblings=_siblings(line),
        statement=statement,
        number=documents.number_of(statement, line) if statement else None,
        batch=batch,
        payment=db.session.get(BatchPayment, batch.id) if batch else None,
        payout=payout,
        journal=db.session.get(Journal, payout.journal_id) if payout else None,
        direct=direct_payouts.payments(batch),
        pays=None if batch else running.pays(line, program, posting.closed_until(program.id)),
    )


def _payout(batch: ReleaseBatch) -> Payout | None:
    query = sa.select(Payout).options(selectinload(Payout.transfers)).where(Payout.id == batch.payout_id)
    return db.session.scalar(query)


def _now(line: Line) -> Row:
    query = LINES_AT + " WHERE l.enrolment_id = :enrolment AND l.id = :line"
    bind = {"enrolment": line.enrolment_id, "line": line.id, "at": clock.now()}
    return row_of(db.session.execute(sa.text(query), bind).one())


def _events(order_id: UUID) -> list[OrderEvent]:
    query = sa.select(OrderEvent).where(OrderEvent.order_id == order_id)
    return list(db.session.scalars(query.order_by(OrderEvent.occurred_at, OrderEvent.id)))


def _siblings(line: Line) -> list[Line]:
    query = sa.select(Line).where(
        Line.conversion_id == line.conversion_id, Line.enrolment_id == line.enrolment_id, Line.id != line.id
    )
    return list(db.session.scalars(query.order_by(Line.posted_at, Line.id)))


def _statement(line: Line) -> Statement | None:
    return db.session.scalar(
        sa.select(Statement).where(
            Statement.enrolment_id == line.enrolment_id,
            Statement.period_start <= line.posted_at,
            Statement.period_end > line.posted_at,
        )
    )


def _touches(decision: AttributionDecision, enrolment: str, for_brand: bool) -> list[TouchLine]:
    """Own touches by link or code; others' without their names, unless the brand reads."""
    named = [touch for touch in decision.touches if for_brand or touch["enrolment"] == enrolment]
    links = _names(TrackingLink, TrackingLink.slug, [touch["link"] for touch in named])
    codes = _names(DiscountCode, DiscountCode.text, [touch["code"] for touch in named])
    people = _affiliates([touch["enrolment"] for touch in named])
    return [
        TouchLine(
            own=touch["enrolment"] == enrolment,
            whose=people.get(touch["enrolment"], ""),
            kind=touch["kind"],
            name=links.get(touch["link"]) or codes.get(touch["code"]) or "",
            at=datetime.fromisoformat(touch["at"]),
            judged=touch["judged"],
            label=touch["label"],
        )
        for touch in decision.touches
    ]


def _affiliates(enrolments: Iterable[str]) -> dict[str, str]:
    """The names of affiliates by their enrolment."""
    wanted = {UUID(id) for id in enrolments if id}
    query = sa.select(Enrolment.id, Party.name).join(Party, Party.id == Enrolment.creator_party_id)
    return {str(id): name for id, name in db.session.execute(query.where(Enrolment.id.in_(wanted)))}


def _names(
    model: type[TrackingLink] | type[DiscountCode], name: sa.SQLColumnExpression[str], ids: list[str | None]
) -> dict:
    wanted = [UUID(id) for id in ids if id]
    if not wanted:
        return {}
    return {str(row.id): row[1] for row in db.session.execute(sa.select(model.id, name).where(model.id.in_(wanted)))}


def clicks_behind(chain: Chain) -> list[Click]:
    """The clicks of the line's own affiliate, where their rows are there."""
    own = str(chain.line.enrolment_id)
    keys = [
        (UUID(touch["link"]), UUID(touch["click"]))
        for touch in chain.decision.touches
        if touch["enrolment"] == own and touch["click"]
    ]
    if not keys:
        return []
    query = sa.select(Click).where(sa.tuple_(Click.link_id, Click.id).in_(keys)).order_by(Click.occurred_at)
    return list(db.session.scalars(query))
