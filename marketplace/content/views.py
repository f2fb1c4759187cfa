"""Pages of a piece of work: its drafts, the review, the publication."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash
from flask_babel import gettext

from marketplace import db, deadlines, files, web
from marketplace.authz import Actor, current_actor, requires
from marketplace.briefs.words import posting_days
from marketplace.content import disclosure, drafts, items, policy, posting, queries, service, settlement, words
from marketplace.content.forms import ChangesForm, DraftForm, NotThePostForm, PublishForm
from marketplace.content.models import Deliverable, Submission
from marketplace.content.states import DELIVERABLE, DeliverableState
from marketplace.errors import NotThere, Refused
from marketplace.files import StoredFile
from marketplace.payments.guards import approvals
from marketplace.rules import queries as rules
from marketplace.rules import vocabulary
from marketplace.terms import queries as terms_queries

blueprint = Blueprint("content", __name__)
BASE = "/deals/<id:deal_id>/content/<int:number>"


def may_open(actor: Actor, file: StoredFile) -> bool:
    """Files are loaded for the two sides of their deal only."""
    return actor.signed_in


@blueprint.get(BASE)
@requires(policy.may_see, load=queries.own_piece)
def show(piece: Deliverable) -> Any:
    """A piece: whose turn it is, its drafts with what was said, and the next form."""
    return web.page("content/show.html", **_context(piece))


@blueprint.post(f"{BASE}/draft")
@requires(policy.may_make, load=queries.own_piece, typed=True)
def submit(piece: Deliverable) -> Any:
    """Send a draft."""
    form = DraftForm()
    if form.validate():
        try:
            with db.session.begin_nested():
                draft = service.submit(
                    piece,
                    caption=form.caption.data,
                    link=form.link.data or None,
                    note=form.note.data or "",
                    media=_stored(form),
                    keep=form.keep.data or [],
                    by=current_actor(),
                )
            if draft.verdict["colour"] == "red":
                flash(gettext("Not sent on: the disclosure is not enough. The fix stands with the draft."), "warn")
            else:
                flash(gettext("Sent. The brand’s review is due."), "good")
            return web.back_to("content.show", deal_id=piece.deal_id, number=piece.number)
        except Refused as refusal:
            form.refuse(refusal)
            return web.page("content/show.html", refusal.status, **_context(_fresh(piece), draft_form=form))
    return web.page("content/show.html", 422, **_context(piece, draft_form=form))


@blueprint.post(f"{BASE}/changes")
@requires(policy.may_review, load=queries.own_piece, typed=True)
def request_changes(piece: Deliverable) -> Any:
    """Ask for changes."""
    form = ChangesForm().offer(_body(piece))
    if form.validate():
        try:
            service.request_changes(piece, form.read(), by=current_actor())
            flash(gettext("Sent back with your changes."), "good")
            return web.back_to("content.show", deal_id=piece.deal_id, number=piece.number)
        except Refused as refusal:
            form.refuse(refusal)
            return web.page("content/show.html", refusal.status, **_context(piece, changes_form=form))
    return web.page("content/show.html", 422, **_context(piece, changes_form=form))


@blueprint.post(f"{BASE}/approve")
@requires(policy.may_review, load=queries.own_piece)
def approve(piece: Deliverable) -> Any:
    """Approve the draft."""
    service.approve(piece, by=current_actor())
    flash(gettext("Approved. The creator may publish it."), "good")
    return web.back_to("content.show", deal_id=piece.deal_id, number=piece.number)


@blueprint.post(f"{BASE}/publish")
@requires(policy.may_make, load=queries.own_piece, typed=True)
def publish(piece: Deliverable) -> Any:
    """Say where it is live, with the proof."""
    form = PublishForm()
    if form.validate():
        try:
            with db.session.begin_nested():
                service.publish(piece, form.link.data, _proof(form), by=current_actor())
            flash(gettext("Noted, with its proof. The brand confirms, or its silence does."), "good")
            return web.back_to("content.show", deal_id=piece.deal_id, number=piece.number)
        except Refused as refusal:
            form.refuse(refusal)
            return web.page("content/show.html", refusal.status, **_context(_fresh(piece), publish_form=form))
    return web.page("content/show.html", 422, **_context(piece, publish_form=form))


@blueprint.post(f"{BASE}/confirm")
@requires(policy.may_review, load=queries.own_piece)
def confirm(piece: Deliverable) -> Any:
    """The post is live."""
    deal = piece.deal
    service.confirm(piece, by=current_actor())
    if waits := approvals.waiting(settlement.key(deal)):
        return web.back_to("payments.approval", approval_id=waits.id)
    flash(gettext("Confirmed."), "good")
    return web.back_to("desk.room", deal_id=piece.deal_id)


@blueprint.post(f"{BASE}/not-the-post")
@requires(policy.may_review, load=queries.own_piece, typed=True)
def not_the_post(piece: Deliverable) -> Any:
    """The link does not show the post: back to the creator, with a sentence."""
    form = NotThePostForm()
    if form.validate():
        try:
            service.not_the_post(piece, form.why.data, by=current_actor())
            flash(gettext("Back with the creator, with your sentence. The pay stays where it is."), "good")
            return web.back_to("content.show", deal_id=piece.deal_id, number=piece.number)
        except Refused as refusal:
            if refusal.field is None:
                raise
            form.refuse(refusal)
    return web.page("content/show.html", 422, **_context(piece, not_form=form))


@blueprint.get("/deals/<id:deal_id>/content/files/<id:file_id>")
@requires(may_open, load=queries.own_file)
def media(file: StoredFile) -> Response:
    """A picture or video of a draft, or a proof."""
    return files.send(file)


def _fresh(piece: Deliverable) -> Deliverable:
    """The row again, after a savepoint that touched it was undone."""
    found = queries.own_piece(current_actor(), piece.deal_id, piece.number)
    if found is None:
        raise NotThere()
    return found


def _stored(form: DraftForm) -> list[StoredFile]:
    """Store the uploads. Raises Refused 413 and 415 beside the field."""
    chosen = [upload for upload in form.media.data or [] if upload and upload.filename]
    return [_store(upload, "media", files.store_media) for upload in chosen]


def _proof(form: PublishForm) -> StoredFile:
    upload = form.proof.data
    if not upload or not upload.filename:
        raise Refused(gettext("Add a screenshot of the post."), status=422, field="proof")
    return _store(upload, "proof", files.store_image)


def _store(upload: Any, field: str, store: Any) -> StoredFile:
    try:
        return store(upload.stream, upload.filename, party_id=current_actor().party_id)
    except Refused as refusal:
        refusal.field = field
        raise


def _body(piece: Deliverable) -> dict[str, Any]:
    return terms_queries.version(piece.deal.version_id).body


def _context(
    piece: Deliverable,
    *,
    draft_form: DraftForm | None = None,
    changes_form: ChangesForm | None = None,
    publish_form: PublishForm | None = None,
    not_form: NotThePostForm | None = None,
) -> dict[str, Any]:
    actor, body = current_actor(), _body(piece)
    deal = piece.deal
    row = rules.platform(piece.platform, deal.created_at.date())
    return {
        "piece": piece,
        "deal": deal,
        "body": body,
        "other": deal.brand if actor.party_id == deal.creator_party_id else deal.creator,
        "name": vocabulary.piece_name(piece.platform, piece.format),
        "words": DELIVERABLE.words[DeliverableState(piece.state)],
        "turns": [turn for turn in deadlines.in_rooms([deal.id]) if turn.subject_id == piece.id],
        "platform_tool": row["tool"] if row else None,
        "changes_form": changes_form or ChangesForm(formdata=None).offer(body),
        "publish_form": publish_form or PublishForm(formdata=None),
        "not_form": not_form or NotThePostForm(formdata=None),
        **_of_drafts(piece, body, draft_form),
        **_of_publication(piece, body),
    }


def _of_drafts(piece: Deliverable, body: dict[str, Any], form: DraftForm | None) -> dict[str, Any]:
    actor, sent = current_actor(), queries.submissions(piece)
    return {
        "drafts": sent,
        "changes": lambda draft: drafts.changes(draft, sent),
        "draft_form": (form or _next_draft(sent)).offer(sent[0] if sent else None),
        "item_words": lambda key: items.words(body, key),
        "missing_hashtags": lambda caption: disclosure.missing_hashtags(caption, body),
        "no_round_left": words.no_round_left(piece),
        "making": policy.may_make(actor, piece) and DELIVERABLE.allows(piece.state, "submit"),
        "reviewing": policy.may_review(actor, piece) and DELIVERABLE.allows(piece.state, "approve"),
    }


def _of_publication(piece: Deliverable, body: dict[str, Any]) -> dict[str, Any]:
    actor, deal = current_actor(), piece.deal
    second = approvals.waiting(settlement.key(deal)) if actor.party_id == deal.brand_party_id else None
    return {
        "publication": queries.publication(piece),
        "posting": posting_days(body),
        "posting_note": posting.note(piece, body),
        "refusals": queries.refusals(piece),
        "often_enough": words.often_enough,
        "most_refusals": service.MOST_REFUSALS,
        "publishing": policy.may_make(actor, piece) and DELIVERABLE.allows(piece.state, "publish"),
        "confirming": second is None and policy.may_review(actor, piece) and DELIVERABLE.allows(piece.state, "verify"),
        "second": second,
    }


def _next_draft(sent: list[Submission]) -> DraftForm:
    """The last draft's caption, link and files, to be changed rather than given again."""
    if not sent:
        return DraftForm(formdata=None)
    last = sent[0]
    kept = [db.short(item.file_id) for item in last.media]
    return DraftForm(formdata=None, data={"caption": last.caption, "link": last.link, "keep": kept})
