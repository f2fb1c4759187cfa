"""The one style sheet, script and set of signs of every page, joined from their source files when the app starts.

There is no build step: the sources under `static/` are what is written, read and debugged. A page
asks for one of each, at an address that carries a digest of the content, so a browser
keeps them until they change. In development they are joined afresh whenever a source was edited.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, url_for

from marketplace.authz import public
from marketplace.compression import takes_gzip

YEAR = 365 * 24 * 3600  # seconds
DAY = 24 * 3600  # seconds
TYPES = {"app.css": "text/css", "app.js": "text/javascript", "icons.svg": "image/svg+xml"}


@dataclass(frozen=True)
class Bundle:
    """One joined file: its bytes, plain and compressed, and the digest in its address."""

    plain: bytes
    packed: bytes
    digest: str
    stamp: float


def sources(static: Path, name: str) -> list[Path]:
    """The files a bundle is made of, in order: what others build on first."""
    if name == "app.css":
        css = static / "css"
        return [css / "tokens.css", css / "base.css", *sorted((css / "components").glob("*.css"))]
    if name == "icons.svg":
        return [static / "img" / "icons.svg"]
    return [static / "vendor" / "htmx.min.js", *sorted((static / "js" / "behaviours").glob("*.js"))]


def join(static: Path, name: str) -> Bundle:
    """Join a bundle's sources; `;` between scripts, since a vendored one may end without."""
    files = sources(static, name)
    glue = b"\n;\n" if name.endswith(".js") else b"\n"
    plain = glue.join(path.read_bytes() for path in files)
    digest = hashlib.sha256(plain).hexdigest()[:16]
    stamp = max(path.stat().st_mtime for path in files)
    return Bundle(plain, gzip.compress(plain, 9, mtime=0), digest, stamp)


def install(app: Flask) -> None:
    """Serve the bundles and give templates `asset(path)`, the address of a static file with its digest."""
    static = Path(app.static_folder or "static")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = DAY
    kept: dict[str, Bundle] = {}
    digests: dict[tuple[str, float], str] = {}

    def bundle(name: str) -> Bundle:
        if name in kept and (not app.debug or kept[name].stamp == _newest(static, name)):
            return kept[name]
        kept[name] = join(static, name)
        return kept[name]

    def asset(path: str) -> str:
        if path in TYPES:
            return url_for("asset", digest=bundle(path).digest, name=path)
        file = static / path
        key = (path, file.stat().st_mtime)
        if key not in digests:
            digests[key] = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        return url_for("static", filename=path, v=digests[key])

    @public
    def serve(digest: str, name: str) -> Response:
        if name not in TYPES:
            abort(404)
        return _answer(bundle(name), TYPES[name], current=digest == bundle(name).digest)

    app.add_url_rule("/assets/<digest>/<name>", "asset", serve)
    app.jinja_env.globals["asset"] = asset


def _newest(static: Path, name: str) -> float:
    return max(path.stat().st_mtime for path in sources(static, name))


def _answer(bundle: Bundle, mimetype: str, current: bool) -> Response:
    """The bundle, compressed for who can read it; an old address gets today's file but may not keep it."""
    response = Response(mimetype=mimetype)
    if takes_gzip():
        response.set_data(bundle.packed)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(bundle.plain)
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if current else "no-cache"
    return response
