"""A brand's own pages of its briefs: the list, the editor, one brief with its next step."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from marketplace import clock, web
from marketplace.accounts.models import Party
from marketplace.authz import Actor, current_actor, requires
from marketplace.brands import queries as brands
from marketplace.briefs import (
    applied,
    backing,
    differences,
    drafts,
    editor,
    head_count,
    linter,
    net_offer,
    parts,
    policy,
    programs,
    queries,
    service,
    words,
)
from marketplace.briefs.forms import BriefForm, InviteForm, PresetForm
from marketplace.briefs.models import Brief
from marketplace.creators import queries as creators
from marketplace.errors import Refused
from marketplace.payments.money_in import paying
from marketplace.payments.paid_directly import direct


def add_to(blueprint: Blueprint) -> None:
    """Hang these pages on the package's blueprint."""
    for rule, name, view, methods in ROUTES:
        blueprint.add_url_rule(rule, name, view, methods=[methods])


@requires(policy.may_list)
def mine() -> Response:
    """The brand's briefs by state."""
    briefs = queries.own_briefs(current_actor())
    counts = head_count.of_many(brief.id for brief in briefs)
    return web.page("briefs/mine.html", briefs=briefs, counts=counts, headline=words.headline)


@requires(policy.may_begin)
def new() -> Response:
    """Choose one of the five kinds."""
    return web.page("briefs/new.html", form=PresetForm())


@requires(policy.may_begin, typed=True)
def begin() -> Response:
    """Start a draft of the chosen kind."""
    form = PresetForm()
    if form.validate():
        brief = service.begin(preset=form.preset.data, by=current_actor())
        return web.back_to("briefs.edit", brief_id=brief.id)
    return web.form_page("briefs/new.html", form)


@requires(policy.may_read, load=queries.own_brief)
def manage(brief: Brief) -> Response:
    """One brief: its state, its next step, who was invited, what changed."""
    return _manage(brief, InviteForm())


@requires(policy.may_edit, load=queries.own_brief)
def edit(brief: Brief) -> Response:
    """The editor with its live preview."""
    service.refuse_finished(brief)
    form = editor.form_for(brief, brands.products(brief.brand_party_id))
    return _editor(brief, form, brief.draft)


@requires(policy.may_edit, load=queries.own_brief, typed=True)
def save(brief: Brief) -> Response:
    """Keep the draft; or add and take away rows of the form without losing what was typed."""
    products = brands.products(brief.brand_party_id)
    form = editor.form_for(brief, products)
    do = request.form.get("do", "")
    if editor.rearrange(form, do):
        return _editor(brief, form, editor.body_after(brief, products, do))
    if form.validate():
        try:
            body = editor.body_of(form, brief.draft, products)
            service.save(brief, body, private=form.private.data, by=current_actor())
            return web.back_to("briefs.manage", brief_id=brief.id)
        except Refused as refusal:
            form.refuse(refusal)
    return _editor(brief, form, brief.draft)


@requires(policy.may_edit, load=queries.own_brief, typed=True)
def autosave(brief: Brief) -> Response:
    """htmx: keep the draft while it is being typed and draw the preview anew."""
    products = brands.products(brief.brand_party_id)
    form = editor.form_for(brief, products)
    saved = form.validate()
    body = brief.draft
    if saved:
        body = editor.body_of(form, brief.draft, products)
        service.save(brief, body, private=form.private.data, by=current_actor())
    wrong = sum(1 for field in form if field.errors)
    return web.page("briefs/_preview.html", saved=saved, wrong=wrong, **preview_of(brief, body))


def _verb(verb: Any, said: str) -> Any:
    """A view that carries out one verb of a brief and goes back to its page; a refusal stands on that page too."""

    @requires(policy.may_edit, load=queries.own_brief)
    def act(brief: Brief) -> Response:
        try:
            verb(brief, by=current_actor())
        except Refused as refusal:
            shown = queries.own_brief(current_actor(), brief.id) or brief
            return _manage(shown, InviteForm(formdata=None), refusal)
        flash(gettext(said), "good")
        return web.back_to("briefs.manage", brief_id=brief.id)

    return act


@requires(policy.may_fund, load=queries.own_brief)
def fund(brief: Brief) -> Any:
    """Pay in what the budget lacks: on Stripe's page, with the card on file, or by invoice."""
    back = url_for("briefs.manage", brief_id=brief.id)
    return paying.go(backing.fund(brief, back, by=current_actor(), way=request.form.get("way") or "page"))


@requires(policy.may_edit, load=queries.own_brief)
def duplicate(brief: Brief) -> Response:
    """A new draft with the same words."""
    copy = service.duplicate(brief, by=current_actor())
    return web.back_to("briefs.edit", brief_id=copy.id)


@requires(policy.may_edit, load=queries.own_brief)
def discard(brief: Brief) -> Response:
    """Throw a draft away."""
    service.discard(brief, by=current_actor())
    flash(gettext("The draft is gone."), "good")
    return web.back_to("briefs.mine")


@requires(policy.may_edit, load=queries.own_brief, typed=True)
def invite(brief: Brief) -> Response:
    """Ask a creator by her handle."""
    form = InviteForm()
    if form.validate():
        try:
            party = creators.party_by_handle(form.handle.data)
            if party is None:
                raise Refused(gettext("Nobody here has this handle."), status=422, field="handle")
            service.invite(brief, party, by=current_actor())
            flash(gettext("%(name)s is invited.", name=party.name), "good")
            return web.back_to("briefs.manage", brief_id=brief.id)
        except Refused as refusal:
            form.refuse(refusal)
    return _manage(brief, form)


def reachable(actor: Actor, handle: str) -> Party | None:
    """The creator behind a handle, for a brand that wants to work with her."""
    return creators.party_by_handle(handle)


@requires(policy.may_write_to, load=reachable)
def work_with(party: Party) -> Response:
    """From a media kit: begin a private brief for one creator."""
    return web.page("briefs/work_with.html", form=PresetForm(), party=party, profile=creators.profile(party.id))


@requires(policy.may_write_to, load=reachable, typed=True)
def begin_with(party: Party) -> Response:
    """Begin the private brief; she sees it once it is published."""
    form = PresetForm()
    if form.validate():
        try:
            brief = service.begin_private(party, preset=form.preset.data, by=current_actor())
            return web.back_to("briefs.edit", brief_id=brief.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("briefs/work_with.html", form, party=party, profile=creators.profile(party.id))


def _manage(brief: Brief, form: InviteForm, refusal: Refused | None = None) -> Response:
    names = queries.product_names(brief.draft) | queries.product_names(brief.body)
    status = refusal.status if refusal else 422 if form.is_submitted() else 200
    return web.page(
        "briefs/manage.html",
        status,
        form=form,
        refusal=refusal,
        backing=backing.of(brief, brief.draft),
        full=queries.is_full(brief),
        progress=applied.progress.the_one(brief),
        changes=differences.changes(brief.body, brief.draft, names) if brief.changed else [],
        invited=queries.invited(brief),
        versions=queries.versions(brief),
        can_publish=brands.may_reach_creators(brief.brand_party_id),
        headline=words.headline(brief.body),
        **preview_of(brief, brief.draft),
    )


def _editor(brief: Brief, form: BriefForm, body: dict[str, Any]) -> Response:
    status = 422 if form.errors else 200
    folds = {"said": editor.said, "line_of": lambda row: editor.line_of(row, brief.draft)}
    return web.page(
        "briefs/edit.html", status, form=form, saved=None, wrong=len(form.errors), **folds, **preview_of(brief, body)
    )


def preview_of(brief: Brief, body: dict[str, Any]) -> dict[str, Any]:
    """What the brand sees beside the editor: the offer as a creator meets it, what is missing, the flags."""
    settings = service.settings()
    today = clock.today(current_actor().zone)
    body = programs.described(body, brief.brand_party_id)
    return {
        "brief": brief,
        "body": body,
        "missing": drafts.missing(body),
        "flags": linter.flags(body, today),
        "offer": net_offer.of(body, day=today),
        "offer_line": words.headline(body),
        "pieces": words.pieces(body),
        "program": words.program(body),
        "lacks_links": queries.lacks_links(brief, body),
        "may_pay_directly": direct.allowed(),
        "paid_directly": parts.paid_directly(body),
        "each": parts.protected_amount(body),
        "budget": parts.budget(body),
        "fee_bps": settings.platform_fee_bps,
        "public_url": url_for("briefs.show", brief_id=brief.id),
    }


OWN = "/brand/briefs/<id:brief_id>"
ROUTES = (
    ("/brand/briefs", "mine", mine, "GET"),
    ("/brand/briefs/new", "new", new, "GET"),
    ("/brand/briefs/new", "begin", begin, "POST"),
    (OWN, "manage", manage, "GET"),
    (f"{OWN}/edit", "edit", edit, "GET"),
    (f"{OWN}/edit", "save", save, "POST"),
    (f"{OWN}/autosave", "autosave", autosave, "POST"),
    (f"{OWN}/publish", "publish", _verb(service.publish, "Published. Creators can apply now."), "POST"),
    (f"{OWN}/fund", "fund", fund, "POST"),
    (f"{OWN}/revise", "revise", _verb(service.revise, "The new terms are published."), "POST"),
    (f"{OWN}/drop-changes", "drop_changes", _verb(service.drop_changes, "The changes are gone."), "POST"),
    (f"{OWN}/pause", "pause", _verb(service.pause, "Paused. Nobody can apply for now."), "POST"),
    (f"{OWN}/resume", "resume", _verb(service.resume, "Open again."), "POST"),
    (f"{OWN}/close", "close", _verb(service.close, "Closed. Applications that came in go on."), "POST"),
    (f"{OWN}/archive", "archive", _verb(service.archive, "Archived."), "POST"),
    (f"{OWN}/duplicate", "duplicate", duplicate, "POST"),
    (f"{OWN}/discard", "discard", discard, "POST"),
    (f"{OWN}/invite", "invite", invite, "POST"),
    ("/@<handle>/work-with-me", "work_with", work_with, "GET"),
    ("/@<handle>/work-with-me", "begin_with", begin_with, "POST"),
)
