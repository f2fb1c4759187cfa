"""The register on two pages: every licence of a party, and one deal's with the question."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from marketplace import clock, web
from marketplace.authz import current_actor, requires, signed_in
from marketplace.collaborations import wording
from marketplace.content import queries as content
from marketplace.rights import policy, queries
from marketplace.rights.forms import QuestionForm
from marketplace.rights.models import Licence

blueprint = Blueprint("rights", __name__)


@blueprint.get("/rights")
@requires(signed_in)
def index() -> Any:
    """Every grant given or got, and when it ends."""
    actor = current_actor()
    licences = queries.licences_of(actor)
    return web.page("rights/index.html", licences=licences, wording=wording, today=clock.today(actor.zone))


@blueprint.get("/deals/<id:deal_id>/rights")
@requires(policy.may_ask, load=queries.of_deal)
def show(licence: Licence) -> Any:
    """A deal's licence; the question is in the address, so an answer can be passed on."""
    actor = current_actor()
    pieces = content.of_deal(licence.deal_id)
    today = clock.today(actor.zone)
    asked = "use" in request.args
    form = QuestionForm(request.args if asked else None, data={"day": today, "territory": licence.deal.brand.country})
    form.offer(pieces)
    answer = None
    status = 200
    if asked and form.validate():
        piece = next(row for row in pieces if row.number == form.piece.data)
        answer = queries.may_use(piece, form.use.data, form.territory.data, form.day.data)
    elif asked:
        status = 422
    return web.page(
        "rights/show.html",
        status,
        licence=licence,
        form=form,
        answer=answer,
        pieces=pieces,
        wording=wording,
        today=today,
    )
