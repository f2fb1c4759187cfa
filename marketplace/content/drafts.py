"""The files of a draft: what it keeps of the last one, what is new, and what was left out.

A stored file never changes and is named by its digest. A draft that keeps a file points to the very row of the last
draft, so no bytes are copied, and what the brand has seen is provably the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext

from marketplace.content import queries
from marketplace.content.models import Deliverable, Submission
from marketplace.errors import Refused
from marketplace.files import StoredFile

MOST_FILES = 10  # images and videos in one draft


@dataclass(frozen=True)
class Changes:
    """How the files of a draft differ from those of draft `since`, the last one that reached the brand.

    `same` are digests (SHA-256) of files in both, `left_out` the names of those that only the older one has.
    """

    since: int
    same: frozenset[str]
    left_out: tuple[str, ...]


def gather(piece: Deliverable, keep: Collection[UUID], added: list[StoredFile]) -> list[StoredFile]:
    """The files of the next draft: those kept of the last one in its order, then the added ones.

    A file that is kept and chosen once more is there once. Raises Refused 422 for a file to keep that is not of the
    last draft, and for more than `MOST_FILES`.
    """
    last = queries.newest_files(piece) if keep else []
    if set(keep) - {file.id for file in last}:
        sentence = gettext("A file you keep is not part of your last draft any more. Look at your files again.")
        raise Refused(sentence, status=422, field="keep")
    kept = [file for file in last if file.id in keep]
    digests = {file.sha256 for file in kept}
    found = [*kept, *(file for file in added if file.sha256 not in digests)]
    if len(found) > MOST_FILES:
        sentence = gettext("A draft holds %(n)s files at most, those you keep included.", n=MOST_FILES)
        raise Refused(sentence, status=422, field="media")
    return found


def changes(draft: Submission, drafts: list[Submission]) -> Changes | None:
    """What changed among the files since the brand last had a draft; None where it has had none, or there were no files.

    A draft that the disclosure check sent back is passed over: nobody reviewed what was in it.
    """
    reached = [row for row in drafts if row.number < draft.number and row.verdict["colour"] != "red"]
    if not reached:
        return None
    before = max(reached, key=lambda row: row.number)
    if not before.media and not draft.media:
        return None
    now = {item.file.sha256 for item in draft.media}
    then = {item.file.sha256: item.file.name for item in before.media}
    left_out = tuple(name for digest, name in then.items() if digest not in now)
    return Changes(before.number, frozenset(now & then.keys()), left_out)
