"""The HTTP edge: one request, one transaction; the same refusal on page, fragment and JSON."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from babel.dates import format_date, format_skeleton, format_time, format_timedelta, get_datetime_format
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask_babel import Babel, get_locale, gettext, ngettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from marketplace import authz, clock, csrf, db, refusals
from marketplace.errors import Refused
from marketplace.money import Money, percentage

log = structlog.get_logger()
limiter = Limiter(get_remote_address, default_limits=[], strategy="fixed-window")
babel = Babel()
FORMULA, NUMBER = re.compile(r"[=@+\-\t\r]"), re.compile(r"[+-]?\d+(\.\d+)?")
ABOUT_A_THING = {400, 409, 413, 415, 422}  # refusals after which somebody wants to see the thing again
DATABASE_AWAY = (OperationalError, InterfaceError, NoConnection)

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'self'; "
    "object-src 'none'"
)


class IdConverter(BaseConverter):
    """`<id:brief_id>`: a UUID as 26 characters; anything else is no such page."""

    regex = "[0-9a-z]{26}"

    def to_python(self, value: str) -> Any:
        """The UUID; a 404 when the text is none."""
        try:
            return db.long(value)
        except ValueError:
            raise ValidationError from None

    def to_url(self, value: Any) -> str:
        """Its 26 characters."""
        return db.short(value)


def install(app: Flask) -> None:
    """Give the app its edge."""
    app.url_map.converters["id"] = IdConverter
    babel.init_app(app, locale_selector=_locale, timezone_selector=_zone)
    limiter.init_app(app)
    app.jinja_env.globals.update(may=authz.may, csrf_token=csrf.token, url_here=_here, now=clock.now)
    app.jinja_env.filters.update(
        money=_money, percent=_percent, day=_day, moment=moment, by=_by, left=_left, ago=_ago, short=db.short
    )
    app.context_processor(_everywhere)
    app.before_request(_no_nul)
    app.after_request(_commit)
    app.after_request(_headers)
    app.teardown_request(_end)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, _http_error)
    for away in DATABASE_AWAY:
        app.register_error_handler(away, _away)
    app.register_error_handler(Exception, _bug)


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A rendered page with its status."""
    return Response(render_template(template, **context), status=status, mimetype="text/html")


def form_page(template: str, form: Any, **context: Any) -> Response:
    """A page with a form: 422 when the form was sent and refused, else 200."""
    return page(template, 422 if form.is_submitted() else 200, form=form, **context)


def page_number() -> int:
    """The page of a list that the address asks for, from 1; what no list can have is no such page."""
    number = request.args.get("page", 1, type=int)
    if not 1 <= number <= 10_000:
        abort(404)
    return number


def csv_line(cells: Iterable[Any]) -> str:
    """One line of CSV. A text that a spreadsheet would run as a formula stays text; a number stays a number."""
    out = io.StringIO()
    csv.writer(out).writerow([f"'{c}" if FORMULA.match(str(c)) and not NUMBER.fullmatch(str(c)) else c for c in cells])
    return out.getvalue()


def csv_file(name: str, rows: Iterable[Iterable[Any]]) -> Response:
    """A table to keep, sent line by line as it is read; the mark at its start tells spreadsheets that it is UTF-8."""
    lines = itertools.chain(["\ufeff"], map(csv_line, rows))
    response = Response(stream_with_context(lines), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def pdf_file(name: str, content: bytes) -> Response:
    """A document to keep."""
    response = Response(content, content_type="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def back_to(endpoint: str, **values: Any) -> Response:
    """After a verb: on to the page that shows its result (303)."""
    return redirect(url_for(endpoint, **values), code=303)  # type: ignore[return-value]  # werkzeug's own


def also_shows(address: str) -> None:
    """The page of this request shows what has a page of its own at `address`, too."""
    g.setdefault("also_shown", []).append(address)


def belongs_to(endpoint: str) -> None:
    """The page of this request stands in the section of `endpoint` in the navigation, whatever its address says."""
    g.section = url_for(endpoint)


def shown() -> list[str]:
    """The addresses whose content a person sees with this request's answer: its own, and what it shows besides.
    None when something is sent, and none on the page of a problem."""
    if not request or request.method != "GET" or g.get("problem"):
        return []
    return [request.path, *g.get("also_shown", [])]


def wants_json() -> bool:
    """True when the caller is a program."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def is_fragment() -> bool:
    """True when htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def safe_next(target: str | None) -> str | None:
    """A local address to go on to, or None: never an open redirect."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    return None if any(c in target for c in "\r\n\t\\") else target


def _no_nul() -> None:
    """PostgreSQL's text holds no NUL, so an address with one in it names nothing. Forms refuse it in words."""
    if "\0" in request.path or any("\0" in value for _, value in request.args.items(multi=True)):
        abort(404)


def _commit(response: Response) -> Response:
    """Success commits; a refusal leaves nothing behind unless a view asked to keep it."""
    if response.status_code < 400 or g.pop("keep", False):
        try:
            db.session.commit()
        except DATABASE_AWAY as problem:
            return _away(problem)
    else:
        db.session.rollback()
    return response


def keep() -> None:
    """Commit what was written although the answer is a refusal: a failed try that must count."""
    g.keep = True


def _end(_: BaseException | None) -> None:
    if current_app.testing:
        db.session.rollback()
        db.session.expire_all()
    else:
        db.session.remove()


def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.vary.add("HX-Request")
    return response


def _refused(refusal: Refused) -> Response:
    return _answer(refusal.status, refusal.sentence)


def _http_error(problem: HTTPException) -> Any:
    if problem.code is None or problem.code < 400:
        return problem
    if problem.code == 404 and (plain := refusals.without_slash()):
        return redirect(plain, code=308)
    sentence = ""
    if problem.description == "csrf":
        sentence = gettext("This page had been open for too long, so nothing was sent. Go back, reload and try again.")
    return _answer(problem.code, sentence)


def _away(problem: Exception) -> Response:
    """The database does not answer, or gave up on this request: nothing was kept, and the same again may well work."""
    db.session.rollback()
    g.actor = authz.ANONYMOUS  # whoever is reading, the page must not ask the database
    log.error("database_away", path=request.path, exc_info=problem)
    response = _answer(503, "")
    response.headers["Retry-After"] = "30"
    return response


def _bug(problem: Exception) -> Response:
    db.session.rollback()
    g.actor = authz.ANONYMOUS  # the page that says sorry must not ask the database who is reading
    log.error("bug", path=request.path, exc_info=problem)
    if current_app.config.get("PROPAGATE_BUGS"):
        raise problem
    return _answer(500, "")


def _answer(status: int, sentence: str) -> Response:
    """The same words in the shape the caller reads."""
    db.session.rollback()
    g.problem = True
    if wants_json():
        response = jsonify(error=sentence or gettext("This did not work."), status=status)
        response.status_code = status
        return response
    known = {400, 403, 404, 409, 413, 415, 422, 429, 500, 503}
    name = status if status in known else 400 if status < 500 else 500
    about = {"back": refusals.way_back(), "stands": refusals.how_it_stands()} if status in ABOUT_A_THING else {}
    return page(f"errors/{name}.html", status, sentence=sentence, **about)


def _everywhere() -> dict[str, Any]:
    theme = request.cookies.get("theme") if request else None
    return {
        "site_name": current_app.config["SITE_NAME"],
        "actor": authz.current_actor(),
        "theme": theme if theme in {"light", "dark"} else None,
        "nav": [],
        "unread": 0,
    }


def _here(**changes: Any) -> str:
    """This page's address with some query arguments changed (None removes one)."""
    query = request.args.to_dict(flat=False) | changes
    kept = {k: v for k, v in query.items() if v not in (None, [None], "")}
    return url_for(request.endpoint or "", **(request.view_args or {}), **kept)


def _locale() -> str:
    actor = authz.current_actor()
    if actor.signed_in:
        return actor.language
    return (request.accept_languages.best_match(["en"]) if request else None) or "en"


def _zone() -> str:
    zone: str = g.get("reader_zone") or authz.current_actor().zone
    return zone


@contextmanager
def for_reader_in(zone: str | None) -> Iterator[None]:
    """Write moments for somebody who is not the actor: whoever gets a mail reads the clock on her own wall."""
    before, g.reader_zone = g.get("reader_zone"), zone
    try:
        yield
    finally:
        g.reader_zone = before


def _money(amount: Money | None) -> str:
    return "" if amount is None else amount.format(str(get_locale() or "en"))


def _percent(basis_points: int) -> str:
    return percentage(basis_points, str(get_locale() or "en"))


def _day(value: date | datetime | None, style: str = "medium") -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(_zone())).date()
    return format_date(value, style, locale=str(get_locale() or "en"))


def moment(value: datetime | None) -> str:
    """A day and a time to the minute; seconds are for machines."""
    if value is None:
        return ""
    local, locale = value.astimezone(ZoneInfo(_zone())), str(get_locale() or "en")
    return _joined(format_date(local, "medium", locale=locale), local, locale)


def _by(value: datetime | None) -> str:
    """When a clock ends, as people say it."""
    if value is None:
        return ""
    local, locale = value.astimezone(ZoneInfo(_zone())), str(get_locale() or "en")
    last = _last_day(local)
    near = abs(last - clock.now().date()) < timedelta(days=180)
    day = format_skeleton("MMMEd", last, locale=locale) if near else format_date(last, "medium", locale=locale)
    return day if last != local.date() else _joined(day, local, locale)


def _left(value: datetime | None) -> str:
    """How many days a clock still has, counted as on a calendar."""
    if value is None:
        return ""
    zone = ZoneInfo(_zone())
    days = (_last_day(value.astimezone(zone)) - clock.now().astimezone(zone).date()).days
    if days < 0:
        return gettext("time is up")
    if days < 2:
        return gettext("tomorrow") if days else gettext("today")
    return ngettext("in %(num)d day", "in %(num)d days", days)


def _last_day(local: datetime) -> date:
    """The last day of a clock. One that ends at midnight ends with the day before."""
    return (local - timedelta(minutes=1)).date() if local.hour == local.minute == 0 else local.date()


def _joined(day: str, local: datetime, locale: str) -> str:
    """A day with its time, in the language's own order."""
    pattern = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    return pattern.replace("{0}", time_of_day(local, locale)).replace("{1}", day)


def time_of_day(local: datetime, locale: str) -> str:
    """Hours and minutes. CLDR's narrow space before "PM" has no width in our type; a plain one that never breaks has."""
    return format_time(local.timetz(), "short", locale=locale).replace("\u202f", "\u00a0")


def _ago(value: datetime | None) -> str:
    if value is None:
        return ""
    return format_timedelta(value - clock.now(), add_direction=True, locale=str(get_locale() or "en"))
