"""Writing terms: a first version, a next one, an acceptance. Nothing here is ever updated."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

import rfc8785
import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.terms.models import Acceptance, TermsDocument, TermsVersion


def begin(
    kind: str,
    body: dict[str, Any],
    *,
    by: Actor,
    language: str = "en",
    document: str | None = None,
    parent: TermsVersion | None = None,
) -> TermsVersion:
    """The first version of a new document; `parent` is the version it branches from, if any.

    `kind` is the version's kind; `document` the document's, when it differs (an application's
    negotiation begins with a version of kind `application`).
    """
    row = TermsDocument(id=db.new_id(), kind=document or kind, party_id=by.party_id, created_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return _write(row, kind, body, by=by, number=1, parent=parent, language=language)


def revise(latest: TermsVersion, kind: str, body: dict[str, Any], *, by: Actor) -> TermsVersion:
    """The next version after `latest`. Raises Refused when somebody wrote one in between."""
    document = db.lock(db.session.get_one(TermsDocument, latest.document_id))
    newest = db.session.scalar(
        sa.select(sa.func.max(TermsVersion.number)).where(TermsVersion.document_id == document.id)
    )
    if newest != latest.number:
        raise Refused(gettext("These terms changed in the meantime. Read the newest version first."))
    return _write(
        document,
        kind,
        body,
        by=by,
        number=latest.number + 1,
        parent=latest,
        language=latest.language,
    )


def accept(version: TermsVersion, *, by: Actor) -> Acceptance:
    """Record that the actor's party accepts a version; a second time returns the first."""
    found = db.session.scalar(
        sa.select(Acceptance).where(Acceptance.version_id == version.id, Acceptance.party_id == by.party_id)
    )
    if found:
        return found
    row = Acceptance(
        id=db.new_id(),
        version_id=version.id,
        party_id=by.party_id,
        user_id=by.user_id,
        strength=by.strength,
        accepted_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def digest(body: dict[str, Any], *, kind: str, language: str, author: UUID, parent_sha256: str | None) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of a version and its place in the chain."""
    whole = {
        "author": str(author),
        "body": body,
        "kind": kind,
        "language": language,
        "parent": parent_sha256,
    }
    return hashlib.sha256(rfc8785.dumps(whole)).hexdigest()


def _write(
    document: TermsDocument,
    kind: str,
    body: dict[str, Any],
    *,
    by: Actor,
    number: int,
    parent: TermsVersion | None,
    language: str,
) -> TermsVersion:
    if by.party_id is None:
        raise ValueError("Terms need a party as their author.")
    parent_sha256 = parent.sha256 if parent else None
    row = TermsVersion(
        id=db.new_id(),
        document_id=document.id,
        number=number,
        kind=kind,
        body=body,
        parent_id=parent.id if parent else None,
        parent_sha256=parent_sha256,
        sha256=digest(body, kind=kind, language=language, author=by.party_id, parent_sha256=parent_sha256),
        language=language,
        author_party_id=by.party_id,
        author_user_id=by.user_id,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row
