"""The brand's page of applicants: a table, a board, or side by side; several declined at once."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request
from flask_babel import gettext, ngettext

from marketplace import db, web
from marketplace.authz import Actor, current_actor, requires
from marketplace.briefs import head_count
from marketplace.briefs import queries as briefs
from marketplace.briefs.models import Brief
from marketplace.collaborations import applications, newer_terms, policy, queries, wording
from marketplace.collaborations.forms import reasons
from marketplace.collaborations.queries import Applicant
from marketplace.collaborations.states import APPLICATION, ApplicationState
from marketplace.errors import Refused
from marketplace.forms import Form
from marketplace.messaging import queries as messages

VIEWS = ("table", "board", "compare")
MOST_COMPARED = 4
COLUMNS = (
    ("new", (ApplicationState.SUBMITTED,)),
    ("shortlist", (ApplicationState.SHORTLISTED,)),
    ("talks", (ApplicationState.OFFERED, ApplicationState.COUNTERED)),
    ("agreed", (ApplicationState.ACCEPTED,)),
    ("closed", (ApplicationState.DECLINED, ApplicationState.WITHDRAWN, ApplicationState.EXPIRED)),
)


def may_list(actor: Actor, brief: Brief) -> bool:
    """Everybody in the brand's team but finance sees who applied."""
    return actor.is_a("brand", "owner", "manager", "reviewer", "viewer") and actor.party_id == brief.brand_party_id


def may_decline(actor: Actor, brief: Brief) -> bool:
    """Owners and managers answer."""
    return policy.may_manage(actor) and actor.party_id == brief.brand_party_id


@requires(may_list, load=briefs.own_brief)
def applicants(brief: Brief) -> Any:
    """Who applied, with what they ask and what they bring."""
    actor = current_actor()
    view = request.args.get("view", "table")
    rows = _sorted(queries.applicants(brief), request.args.get("sort", ""))
    chosen = set(request.args.getlist("id"))
    picked = [row for row in rows if db.short(row.application.id) in chosen]
    return web.page(
        "collaborations/applicants.html",
        brief=brief,
        view=view if view in VIEWS else "table",
        rows=rows,
        compared=(picked or [row for row in rows if row.application.state in _open_states()])[:MOST_COMPARED],
        columns=_columns(rows),
        open=[row for row in rows if row.application.state in _open_states()],
        answered=[row for row in rows if row.application.state not in _open_states()],
        turns=queries.next_steps(actor, [row.application.id for row in rows]),
        newer=newer_terms.of_many(row.application.id for row in rows),
        unread_in=messages.unread_in(actor, [row.application.id for row in rows]),
        places_left=head_count.of(brief).free(brief.head_count),
        wording=wording,
        may_answer=may_decline(actor, brief),
        sort=request.args.get("sort", ""),
    )


@requires(may_decline, load=briefs.own_brief)
def decline_many(brief: Brief) -> Any:
    """Several at once, each with its own reason."""
    return web.page(
        "collaborations/decline_many.html", **_context(brief, _chosen(brief, request.args.getlist("id")), {})
    )


@requires(may_decline, load=briefs.own_brief, typed=True)
def decline_chosen(brief: Brief) -> Any:
    """Decline them all, or none when a reason is missing."""
    rows = _chosen(brief, request.form.getlist("id"))
    form = Form()
    problems: dict[str, str] = {}
    fine = form.validate()
    with db.session.begin_nested() as together:
        for row in rows if fine else []:
            key = db.short(row.application.id)
            try:
                reason, note = request.form.get(f"reason-{key}", ""), request.form.get(f"note-{key}", "")[:500]
                applications.decline(row.application, reason, note, by=current_actor())
            except Refused as refusal:
                problems[key] = refusal.sentence
        if problems:
            together.rollback()
    if problems or not rows or not fine:
        rows = _chosen(brief, request.form.getlist("id"))
        return web.page("collaborations/decline_many.html", 422, **_context(brief, rows, problems))
    flash(
        ngettext("One creator was declined and told why.", "%(num)s creators were declined and told why.", len(rows)),
        "good",
    )
    return web.back_to("collaborations.applicants", brief_id=brief.id)


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    base = "/brand/briefs/<id:brief_id>/applicants"
    blueprint.add_url_rule(base, "applicants", applicants, methods=["GET"])
    blueprint.add_url_rule(f"{base}/decline", "decline_many", decline_many, methods=["GET"])
    blueprint.add_url_rule(f"{base}/decline", "decline_chosen", decline_chosen, methods=["POST"])


def _context(brief: Brief, rows: list[Applicant], problems: dict[str, str]) -> dict[str, Any]:
    return {"brief": brief, "rows": rows, "problems": problems, "reasons": reasons(), "typed": request.form}


def _chosen(brief: Brief, ids: list[str]) -> list[Applicant]:
    """The open applications among those named; anything else is passed over."""
    wanted = set(ids)
    return [
        row
        for row in queries.applicants(brief)
        if db.short(row.application.id) in wanted and APPLICATION.allows(row.application.state, "decline")
    ]


def _open_states() -> tuple[ApplicationState, ...]:
    return APPLICATION.moves["decline"].sources  # type: ignore[return-value]  # the machine's own enum


def _sorted(rows: list[Applicant], key: str) -> list[Applicant]:
    if key == "followers":
        return sorted(rows, key=lambda row: -row.followers)
    if key == "price":
        return sorted(rows, key=lambda row: wording.fee_minor(row.version.body))
    return rows


def _columns(rows: list[Applicant]) -> list[tuple[str, list[Applicant]]]:
    titles = {
        "new": gettext("New"),
        "shortlist": gettext("Shortlist"),
        "talks": gettext("In talks"),
        "agreed": gettext("Agreed"),
        "closed": gettext("Closed"),
    }
    return [(titles[name], [row for row in rows if row.application.state in states]) for name, states in COLUMNS]
