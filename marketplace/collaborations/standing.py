"""How applications to a brief stand, for the brief's own pages (`briefs.applied`): hers to a creator, all of them to the brand."""

from __future__ import annotations

import sqlalchemy as sa
from flask import url_for
from flask_babel import format_date, gettext

from marketplace import db, deadlines
from marketplace.authz import Actor
from marketplace.briefs import queries as briefs
from marketplace.briefs.applied import Progress, Standing
from marketplace.briefs.models import Brief
from marketplace.collaborations import newer_terms, queries
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import FOR_THE_BRAND, ApplicationState, DealState
from marketplace.deadlines import Deadline, DeadlineState
from marketplace.money import Money


def of(actor: Actor, brief: Brief) -> Standing | None:
    """Her application to this brief. A draft counts only while it can be sent."""
    application = queries.own_to_brief(actor, brief)
    if application is None:
        return None
    if application.state == ApplicationState.DRAFT:
        return _draft(brief) if briefs.may_apply(brief) else None
    deal = queries.deal_of_application(application)
    turn = next(iter(deadlines.in_rooms([application.id])), None)
    title, text = _words(application, brief.brand.name)
    return Standing(
        title=title,
        text=text,
        due=turn.due_at if turn and turn.state == "running" else None,
        label=gettext("Open the deal") if deal else gettext("Open your application"),
        href=url_for("desk.room", deal_id=deal.id)
        if deal
        else url_for("collaborations.show", application_id=application.id),
        note=_terms(application),
    )


def progress(brief: Brief) -> Progress:
    """What waits for the brand, and what is protected in the brief's deals. One query."""
    waiting = sa.select(Application.id).where(Application.brief_id == brief.id, Application.state.in_(FOR_THE_BRAND))
    due = sa.select(sa.func.min(Deadline.due_at)).where(
        Deadline.room_id.in_(waiting),
        Deadline.owner_party_id == brief.brand_party_id,
        Deadline.state == DeadlineState.RUNNING,
    )
    protected = sa.select(sa.func.coalesce(sa.func.sum(Deal.protected_minor), 0)).where(
        Deal.brief_id == brief.id,
        Deal.currency == brief.currency,
        Deal.state.in_((DealState.ACTIVE, DealState.PAYING)),
        Deal.paid_directly.is_(False),
    )
    counted = sa.select(sa.func.count()).select_from(waiting.subquery())
    row = db.session.execute(
        sa.select(
            counted.scalar_subquery().label("many"),
            due.scalar_subquery().label("due"),
            protected.scalar_subquery().label("minor"),
        )
    ).one()
    return Progress(row.many, row.due, Money(int(row.minor), brief.currency))


def _draft(brief: Brief) -> Standing:
    return Standing(
        title=gettext("Your application is a draft"),
        text=gettext("Nobody sees it until you send it."),
        due=None,
        label=gettext("Go on writing"),
        href=url_for("collaborations.apply", brief_id=brief.id),
    )


def _words(application: Application, brand: str) -> tuple[str, str]:
    return {
        "submitted": (gettext("You applied"), gettext("%(brand)s owes you an answer.", brand=brand)),
        "shortlisted": (gettext("You are on the shortlist"), gettext("%(brand)s owes you an answer.", brand=brand)),
        "offered": (gettext("%(brand)s made you an offer", brand=brand), gettext("It waits for your answer.")),
        "countered": (gettext("You proposed other terms"), gettext("%(brand)s owes you an answer.", brand=brand)),
        "accepted": (gettext("You agreed on a deal"), gettext("What holds between you stands in its terms.")),
        "declined": (gettext("Your application was declined"), gettext("The reason stands in it.")),
        "withdrawn": (gettext("You took your application back"), gettext("A creator applies to a brief once.")),
        "expired": (gettext("Your application expired"), gettext("It was not answered in time.")),
    }[application.state]


def _terms(application: Application) -> str:
    newer = newer_terms.of(application)
    if newer is None:
        return ""
    return gettext(
        "This page shows the brief’s newest terms; your application stands on those of %(day)s.",
        day=format_date(newer.old.created_at, "medium"),
    )
