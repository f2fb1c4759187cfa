"""Pages of briefs for creators and strangers: browsing, one brief, what changed in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from marketplace import clock, db, web
from marketplace.accounts import places
from marketplace.accounts import queries as accounts
from marketplace.accounts.fields import options
from marketplace.accounts.models import Party
from marketplace.authz import current_actor, public
from marketplace.brands import queries as brands
from marketplace.briefs import (
    applied,
    backing,
    brand_views,
    differences,
    head_count,
    linter,
    net_offer,
    parts,
    programs,
    queries,
    words,
)
from marketplace.briefs.forms import BrowseForm
from marketplace.briefs.models import Brief
from marketplace.briefs.states import BriefState
from marketplace.creators import queries as creators
from marketplace.creators import rates
from marketplace.errors import NotThere
from marketplace.rules import queries as rules

blueprint = Blueprint("briefs", __name__)
brand_views.add_to(blueprint)


@blueprint.get("/briefs")
@public
def browse() -> Response:
    """Open briefs, filtered and searched, a page at a time. The same page serves htmx."""
    form = BrowseForm(request.args)
    form.country.choices = options(places.countries(), first=gettext("Any"))
    wanted = _wanted(form) if form.validate() else queries.Search()
    found = queries.search(wanted)
    profiles = brands.profiles([brief.brand_party_id for brief in found.briefs])
    counts = head_count.of_many(brief.id for brief in found.briefs)
    template = "briefs/_results.html" if web.is_fragment() else "briefs/browse.html"
    return web.page(
        template,
        form=form,
        found=found,
        profiles=profiles,
        counts=counts,
        backed=backing.of_many(found.briefs, counts),
        headline=words.headline,
        pieces=words.pieces,
        promised=parts.promised,
        places_left=words.places_left,
        older=_mark(found.next),
        filtered=any(value for key, value in request.args.items() if key != "after"),
    )


@blueprint.get("/briefs/<id:brief_id>")
@public
def show(brief_id: UUID) -> Response:
    """A brief with its net offer for who is reading, its flags and its clocks."""
    actor = current_actor()
    brief = _visible(brief_id)
    own = brief.brand_party_id == actor.party_id
    return web.page("briefs/show.html", **page_of(brief), own=own, standing=applied.of(actor, brief))


@blueprint.get("/briefs/<id:brief_id>/changes")
@public
def changes(brief_id: UUID) -> Response:
    """Every published version of a brief and what changed between them."""
    brief = _visible(brief_id)
    versions = queries.versions(brief)
    if not versions:
        raise NotThere()
    names = queries.product_names(brief.body)
    steps = [(new, differences.changes(old.body, new.body, names)) for old, new in pairwise(versions)]
    return web.page("briefs/changes.html", brief=brief, first=versions[0], steps=steps[::-1])


@blueprint.get("/brands/<slug>")
@public
def of_brand(slug: str) -> Response:
    """What anybody may know of a brand, and its open briefs."""
    profile = brands.by_slug(slug)
    if profile is None:
        raise NotThere()
    own = current_actor().party_id == profile.party_id
    if own:
        web.belongs_to("brands.edit")
    briefs = queries.open_of_brand(profile.party_id)
    counts = head_count.of_many(brief.id for brief in briefs)
    return web.page(
        "briefs/of_brand.html",
        profile=profile,
        party=db.session.get_one(Party, profile.party_id),
        domains=brands.proven_domains(profile.party_id),
        products=brands.products(profile.party_id),
        briefs=briefs,
        counts=counts,
        backed=backing.of_many(briefs, counts),
        headline=words.headline,
        pieces=words.pieces,
        promised=parts.promised,
        places_left=words.places_left,
        programs=programs.kept.the_one.public(profile.party_id),
        own=own,
    )


def page_of(brief: Brief, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the page of a brief shows, for the reader; `body` replaces the binding one in a preview."""
    actor = current_actor()
    body = body or brief.body
    settings = accounts.instance()
    today = clock.today(actor.zone)
    mine = actor.party_id if actor.is_a("creator") else None
    country = creators.country(mine) if mine else None
    count = head_count.of(brief)
    free = count.free(brief.head_count)
    return {
        "brief": brief,
        "body": body,
        "groups": grouped(body, free),
        "headline": words.headline(body),
        "clocks": words.clocks(body),
        "flags": linter.flags(body, today),
        "offer": net_offer.of(
            body,
            day=today,
            card=rates.card(mine) if mine else None,
            commitments=creators.commitments(mine) if mine else (),
        ),
        "fee_bps": settings.platform_fee_bps if settings else 0,
        "brand": brands.profile(brief.brand_party_id),
        "payable": rules.payable(country, today, settings.country) if country and settings else None,
        "country": places.countries().get(country or "", ""),
        "open": bool(free) and queries.in_time(brief),
        "full": not free and brief.state == BriefState.PUBLISHED,
        "shut": _shut(brief, free),
        "program": (parts.part(body, "commission") or {}).get("program"),
        "program_news": programs.news(body),
        "lacks_links": queries.lacks_links(brief, body),
        "paid_directly": parts.paid_directly(body),
        "backed": backing.of_many([brief], {brief.id: count}).get(brief.id),
    }


def _shut(brief: Brief, free: int) -> tuple[str, str]:
    """Why nobody can apply to a brief that takes no applications: a title and a sentence, if there is one to say."""
    if brief.state == BriefState.PAUSED:
        return gettext("Paused."), gettext("Nobody can apply at the moment. It may open again.")
    over = brief.apply_by is not None and brief.apply_by < clock.today(brief.brand.zone)
    if brief.state == BriefState.PUBLISHED and not over:
        return gettext("Every place is taken."), gettext("It opens again if a deal falls through.")
    if brief.state != BriefState.PUBLISHED and not free:
        return gettext("Closed."), gettext("Every place was taken.")
    if over:
        return gettext("Closed."), gettext("The last day to apply was %(day)s.", day=words.day(str(brief.apply_by)))
    return gettext("Closed."), gettext("The brand takes no more applications.")


def grouped(body: dict[str, Any], free: int) -> dict[str, list[words.Line]]:
    """The clauses of a body under their headings, with how many of its places are still free."""
    groups: dict[str, list[words.Line]] = {}
    for line in words.lines(body, queries.product_names(body)):
        taken = line.key == "head_count" and free < body["head_count"]
        text = f"{line.text}; {words.places_left(free, body['head_count'])}" if taken else line.text
        groups.setdefault(line.group, []).append(replace(line, text=text))
    return groups


def _visible(brief_id: UUID) -> Brief:
    brief = queries.visible_brief(current_actor(), brief_id)
    if brief is None:
        raise NotThere()
    return brief


def _wanted(form: BrowseForm) -> queries.Search:
    return queries.Search(
        words=form.q.data or "",
        kinds=(form.kind.data,) if form.kind.data else (),
        platforms=(form.platform.data,) if form.platform.data else (),
        niches=(form.niche.data,) if form.niche.data else (),
        country=form.country.data or "",
        min_fee=form.min_fee.data.minor if form.min_fee.data else None,
        apply_from=form.apply_from.data,
        after=_after(request.args.get("after", "")),
    )


def _mark(after: tuple[datetime, UUID] | None) -> str | None:
    return f"{after[0].isoformat()}~{db.short(after[1])}" if after else None


def _after(mark: str) -> tuple[datetime, UUID] | None:
    """Where a page begins; a mark nobody wrote begins at the first."""
    moment, _, brief_id = mark.partition("~")
    try:
        found = datetime.fromisoformat(moment), db.long(brief_id)
    except ValueError:
        return None
    return found if found[0].tzinfo else None
