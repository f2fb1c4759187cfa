"""Does everything still fit together? Document, terms and signatures, each named when it does not."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import rfc8785
from flask_babel import gettext

from marketplace import db
from marketplace.contracts import document
from marketplace.contracts.models import Contract, Signature
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion


def problems(contract: Contract) -> list[str]:
    """What does not hold, as sentences; empty when the whole chain does."""
    found = []
    if document.digest(contract.document) != contract.sha256 or contract.document.get("text") != contract.text:
        found.append(gettext("The text is not the text that was drawn up."))
    found += _terms_problems(contract)
    previous = None
    for signature in sorted(contract.signatures, key=_place):
        who = gettext("creator") if signature.side == "creator" else gettext("brand")
        if signature.document_sha256 != contract.sha256:
            found.append(gettext("The %(who)s signed another text.", who=who))
        if signature.previous_sha256 != previous or signature_digest(signature) != signature.sha256:
            found.append(gettext("The record of the %(who)s’s signature was changed.", who=who))
        if not _evidence_holds(signature):
            found.append(gettext("The evidence of the %(who)s’s signature was changed.", who=who))
        previous = signature.sha256
    return found


def _place(row: Signature) -> tuple[datetime, bool]:
    """By time; of two signatures at one moment the one that names no other before it came first."""
    return row.signed_at, row.previous_sha256 is not None


def signature_digest(row: Signature) -> str:
    """SHA-256 over everything a signature row states."""
    stated: dict[str, Any] = {
        "contract": str(row.contract_id),
        "side": row.side,
        "party": str(row.party_id),
        "user": str(row.user_id) if row.user_id else None,
        "consent": row.consent,
        "strength": row.strength,
        "scrolled": row.scrolled,
        "document": row.document_sha256,
        "evidence": row.evidence_sha256,
        "at": row.signed_at.timestamp().hex(),
        "previous": row.previous_sha256,
    }
    return hashlib.sha256(rfc8785.dumps(stated)).hexdigest()


def evidence_digest(typed_name: str, address: str, user_agent: str, salt: str) -> str:
    """The salted digest of what identifies a signer."""
    return hashlib.sha256(rfc8785.dumps([salt, typed_name, address, user_agent])).hexdigest()


def _evidence_holds(signature: Signature) -> bool:
    """True also where the evidence was erased: then nothing is left to compare."""
    kept = signature.evidence
    if kept is None:
        return True
    return signature.evidence_sha256 == evidence_digest(kept.typed_name, kept.address, kept.user_agent, kept.salt)


def _terms_problems(contract: Contract) -> list[str]:
    version: TermsVersion | None = db.session.get(TermsVersion, contract.version_id)
    stated = contract.document.get("terms", {})
    if version is None or stated.get("sha256") != version.sha256 or stated.get("body") != version.body:
        return [gettext("The terms in the document are not the terms that were accepted.")]
    while version is not None:
        if not terms_queries.chain_holds(version):
            return [gettext("Version %(n)s of the terms was changed.", n=version.number)]
        version = db.session.get(TermsVersion, version.parent_id) if version.parent_id else None
    return []
