"""Reading terms: versions, the chain, the difference between two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.terms import service
from marketplace.terms.models import Acceptance, TermsVersion


@dataclass(frozen=True)
class Change:
    """One difference between two versions: a path such as `parts.0.amount`, old and new value."""

    path: str
    old: Any
    new: Any


def version(version_id: UUID) -> TermsVersion:
    """One version. Raises NoResultFound for an unknown id."""
    return db.session.get_one(TermsVersion, version_id)


def history(document_id: UUID) -> list[TermsVersion]:
    """Every version of a document, oldest first."""
    return list(
        db.session.scalars(
            sa.select(TermsVersion).where(TermsVersion.document_id == document_id).order_by(TermsVersion.number)
        )
    )


def accepted_by(version_id: UUID) -> set[UUID]:
    """The parties that accepted a version."""
    return set(db.session.scalars(sa.select(Acceptance.party_id).where(Acceptance.version_id == version_id)))


def chain_holds(row: TermsVersion) -> bool:
    """Does a version's digest follow from its body and its parent?"""
    parent = db.session.get(TermsVersion, row.parent_id) if row.parent_id else None
    if (parent.sha256 if parent else None) != row.parent_sha256:
        return False
    return row.sha256 == service.digest(
        row.body,
        kind=row.kind,
        language=row.language,
        author=row.author_party_id,
        parent_sha256=row.parent_sha256,
    )


def diff(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """What changed from one body to another, leaf by leaf, in the order of the new body."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    paths = list(after) + [path for path in before if path not in after]
    return [Change(path, before.get(path), after.get(path)) for path in paths if before.get(path) != after.get(path)]


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        items = [(key, value[key]) for key in value]
    elif isinstance(value, list):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        return [(path, value)]
    found: list[tuple[str, Any]] = []
    for key, item in items:
        found += _leaves(item, f"{path}.{key}" if path else key)
    return found
