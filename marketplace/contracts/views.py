"""Reading and signing a contract, its files, and the public page that checks one."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import rfc8785
from flask import Blueprint, Response, flash, request
from flask_babel import gettext

from marketplace import db, deadlines, files, web
from marketplace.accounts.queries import party
from marketplace.authz import current_actor, public, requires
from marketplace.contracts import document, policy, printing, queries, service
from marketplace.contracts.forms import SignForm, VerifyForm
from marketplace.contracts.models import Contract
from marketplace.contracts.service import Evidence
from marketplace.errors import NotThere, Refused
from marketplace.web import limiter

blueprint = Blueprint("contracts", __name__)
LARGEST = 20 * 2**20  # bytes of a file to check
DIGEST = re.compile(r"[0-9a-f]{64}")


@blueprint.get("/deals/<id:deal_id>/contract")
@requires(policy.may_read, load=queries.own_contract)
def show(contract: Contract) -> Any:
    """The contract, and below it the signatures or the place to sign."""
    return web.page("contracts/show.html", form=_form(formdata=None), **_context(contract))


@blueprint.post("/deals/<id:deal_id>/contract")
@requires(policy.may_sign, load=queries.own_contract, typed=True)
def sign(contract: Contract) -> Any:
    """Sign it."""
    form = _form()
    if form.validate():
        evidence = Evidence(request.remote_addr or "", request.user_agent.string)
        scrolled = {"1": True, "0": False}.get(form.scrolled_to_end.data)
        try:
            service.sign(
                contract,
                form.typed_name.data,
                consent=form.consent.data,
                scrolled=scrolled,
                evidence=evidence,
                by=current_actor(),
            )
            flash(gettext("Signed. A copy with the signatures is kept for both of you."), "good")
            return web.back_to("desk.room", deal_id=contract.deal_id)
        except Refused as refusal:
            if refusal.status != 422:
                raise
            form.refuse(refusal)
    return web.form_page("contracts/show.html", form, **_context(contract))


@blueprint.get("/deals/<id:deal_id>/contract.pdf")
@requires(policy.may_read, load=queries.own_contract)
def pdf(contract: Contract) -> Any:
    """The printed contract, with the signatures once both are there."""
    file_id = contract.signed_pdf_file_id or contract.pdf_file_id
    row = db.session.get(files.StoredFile, file_id) if file_id else None
    if row is None:
        raise NotThere(gettext("The print is being made. Try again in a moment."))
    return files.send(row, download=True)


@blueprint.get("/deals/<id:deal_id>/contract.json")
@requires(policy.may_read, load=queries.own_contract)
def canonical(contract: Contract) -> Any:
    """The document itself, as canonical JSON: these bytes have the contract's SHA-256."""
    response = Response(rfc8785.dumps(contract.document), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="contract-{contract.sha256[:8]}.json"'
    return response


@blueprint.get("/verify")
@public
def verify() -> Any:
    """Check a document: upload it, or give its fingerprint."""
    digest = request.args.get("sha256", "").strip().lower()
    form = VerifyForm(formdata=None, data={"digest": digest})
    answer = queries.verify(digest) if DIGEST.fullmatch(digest) else None
    return web.page("contracts/verify.html", form=form, **_answer(answer))


@blueprint.post("/verify")
@limiter.limit("30/minute")
@public(typed=True)
def check(**_: Any) -> Any:
    """The answer, in words. What is uploaded is not kept."""
    form = VerifyForm()
    if form.validate():
        try:
            return web.page("contracts/verify.html", form=form, **_answer(queries.verify(_digest(form))))
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("contracts/verify.html", form, **_answer(None))


def _digest(form: VerifyForm) -> str:
    """The SHA-256 to look for: of the file's bytes, or of the canonical form of a JSON file."""
    upload = form.file.data
    if upload and upload.filename:
        raw = upload.stream.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Refused(gettext("A contract is smaller than 20 MB; this is another file."), status=413, field="file")
        return _of_json(raw) or hashlib.sha256(raw).hexdigest()
    digest = (form.digest.data or "").strip().lower()
    if not DIGEST.fullmatch(digest):
        sentence = gettext("Choose the file, or paste the 64 letters and digits of its fingerprint.")
        raise Refused(sentence, status=422, field="digest")
    return digest


def _of_json(raw: bytes) -> str | None:
    """The digest of a contract's JSON however it was spaced; None for any other file."""
    if raw.lstrip()[:1] != b"{":
        return None
    try:
        found = json.loads(raw)
        return document.digest(found) if isinstance(found, dict) and "terms" in found else None
    except (ValueError, rfc8785.CanonicalizationError, RecursionError):
        return None


def _answer(answer: queries.Answer | None) -> dict[str, Any]:
    """What a stranger may read: that it is a contract, its state and days; no names, no terms."""
    actor = current_actor()
    contract = answer.contract if answer else None
    own = contract is not None and actor.party_id in (contract.deal.creator_party_id, contract.deal.brand_party_id)
    return {"answer": answer, "contract": contract, "own": own}


def _form(**options: Any) -> SignForm:
    form = SignForm(**options)
    form.consent.label.text = service.consent_text()
    return form


def _context(contract: Contract) -> dict[str, Any]:
    actor = current_actor()
    side = service.side_of(contract.deal, actor)
    signed = {row.side for row in contract.signatures}
    other = party(contract.deal.brand_party_id if side == "creator" else contract.deal.creator_party_id)
    return {
        "contract": contract,
        "sections": document.sections(contract.text),
        "names": printing.names(contract),
        "how": printing.how,
        "side": side,
        "mine_open": side not in signed and contract.state == "open" and policy.may_sign(actor, contract),
        "other": other,
        "missing": service.missing_for_pay(contract.deal, side),
        "turns": [row for row in deadlines.in_rooms([contract.deal_id]) if row.kind == "contracts.sign"],
    }
