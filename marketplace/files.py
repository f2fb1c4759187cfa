"""Stored files: content-addressed bytes on disk, one row each, served only through a view.

Images are decoded, bounded and written anew (no metadata, no surprises inside); other kinds are
taken as they are and never served inline. Raises `Refused` 413 and 415 in words.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from flask import Response, current_app, send_file
from flask_babel import gettext
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Mapped

from marketplace import clock, db
from marketplace.db import Base, Id
from marketplace.errors import NotThere, Refused

LARGEST_IMAGE = 15 * 2**20  # bytes
LARGEST_FILE = 200 * 2**20  # bytes
LARGEST_SIDE = 2400  # pixels, of a stored image
PIXELS = 60_000_000  # of an image before it is scaled down
IMAGE_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
VIDEO_STARTS = {b"ftyp": "video/mp4", b"\x1a\x45\xdf\xa3": "video/webm"}

Image.MAX_IMAGE_PIXELS = PIXELS


class StoredFile(Base):
    """A file somebody uploaded or the portal made. `sha256` names its bytes on disk."""

    __tablename__ = "files"

    id: Mapped[Id]
    party_id: Mapped[UUID | None]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    stored_at: Mapped[datetime]


def store_image(stream: BinaryIO, name: str, *, party_id: UUID | None) -> StoredFile:
    """Decode, turn upright, scale down and store an uploaded JPEG, PNG or WebP."""
    raw = _read(stream, LARGEST_IMAGE)
    try:
        with Image.open(io.BytesIO(raw), formats=list(IMAGE_TYPES)) as opened:
            kind = opened.format or "PNG"
            image = ImageOps.exif_transpose(opened)
            image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
            out = io.BytesIO()
            image = image.convert("RGB") if kind == "JPEG" else image
            image.save(out, kind, quality=88)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Refused(gettext("This is not an image we can read. Send a JPEG, PNG or WebP."), status=415) from None
    row = store_bytes(out.getvalue(), name, IMAGE_TYPES[kind], party_id=party_id)
    row.width, row.height = image.size
    return row


def store_media(stream: BinaryIO, name: str, *, party_id: UUID | None) -> StoredFile:
    """Store an uploaded image or an MP4 or WebM video. Raises Refused 415 for anything else."""
    head = stream.read(12)
    stream.seek(0)
    for start, media_type in VIDEO_STARTS.items():
        if head[: len(start)] == start or head[4 : 4 + len(start)] == start:
            return store_bytes(_read(stream, LARGEST_FILE), name, media_type, party_id=party_id)
    return store_image(stream, name, party_id=party_id)


def store_bytes(content: bytes, name: str, media_type: str, *, party_id: UUID | None) -> StoredFile:
    """Store bytes made by the portal itself, or already checked."""
    digest = hashlib.sha256(content).hexdigest()
    _write(digest, content)
    row = StoredFile(
        id=db.new_id(),
        party_id=party_id,
        name=Path(name).name[:120] or "file",
        media_type=media_type,
        size=len(content),
        sha256=digest,
        stored_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def read(row: StoredFile) -> bytes:
    """The bytes. Raises NotThere when the disk has lost them."""
    path = _path(row.sha256)
    if not path.exists():
        raise NotThere(gettext("This file is no longer on the disk."))
    return path.read_bytes()


def stream(row: StoredFile) -> BinaryIO:
    """The bytes to read piece by piece; close it. Raises NotThere when the disk has lost them."""
    path = _path(row.sha256)
    if not path.exists():
        raise NotThere(gettext("This file is no longer on the disk."))
    return path.open("rb")


def send(row: StoredFile, *, download: bool = False) -> Response:
    """Answer with a file; images and videos show, everything else downloads."""
    path = _path(row.sha256)
    if not path.exists():
        raise NotThere(gettext("This file is no longer on the disk."))
    inline = row.media_type.startswith(("image/", "video/")) or row.media_type == "application/pdf"
    response = send_file(
        path,
        mimetype=row.media_type,
        as_attachment=download or not inline,
        download_name=row.name,
        etag=row.sha256,
    )
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


def _read(stream: BinaryIO, limit: int) -> bytes:
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise Refused(gettext("This file is larger than %(n)s MB. Choose a smaller one.", n=limit // 2**20), status=413)
    if not content:
        raise Refused(gettext("This file is empty."), status=422)
    return content


def _path(digest: str) -> Path:
    return Path(current_app.config["STORAGE_PATH"]) / digest[:2] / digest


def _write(digest: str, content: bytes) -> None:
    """Write beside and rename, so that a killed process leaves no half file."""
    path = _path(digest)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(temporary, path)
