"""A creator's own profile in steps, and her public media kit at `/@handle`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, redirect, request, url_for
from flask_babel import gettext

from marketplace import db, files, web
from marketplace.accounts import places
from marketplace.accounts import queries as accounts
from marketplace.accounts.fields import options
from marketplace.accounts.models import Party
from marketplace.authz import Actor, current_actor, public, requires
from marketplace.creators import holiday_views, holidays, policy, queries, rates, service
from marketplace.creators.forms import (
    AccountForm,
    BasicsForm,
    MultipliersForm,
    PrivateForm,
    RateForm,
    SampleForm,
    StyleForm,
)
from marketplace.creators.models import CreatorProfile, Rate, Sample, SocialAccount
from marketplace.errors import NotThere, Refused
from marketplace.money import Money
from marketplace.rules import vocabulary

blueprint = Blueprint("creators", __name__)
holiday_views.add_to(blueprint)
STEPS = ("basics", "accounts", "samples", "rates", "style", "private")


def install(app: Flask) -> None:
    """Every template may call things by the field's names."""
    app.jinja_env.globals["vocabulary"] = vocabulary


def own(actor: Actor) -> CreatorProfile | None:
    """The acting creator's profile, begun empty on her first visit."""
    return service.profile_of(actor.party_id) if actor.party_id and actor.is_a("creator") else CreatorProfile()


@blueprint.get("/profile")
@requires(policy.may_edit, load=own)
def edit(profile: CreatorProfile) -> Response:
    """What is there, what is missing, and the way to each step."""
    items = queries.checklist(profile)
    rated = bool(rates.current(profile.party_id))
    return web.page("creators/edit.html", profile=profile, items=items, missing=queries.missing(items), rated=rated)


def _step(name: str, form: Any, profile: CreatorProfile, **context: Any) -> Response:
    return web.form_page(f"creators/{name}.html", form, profile=profile, step=name, steps=STEPS, **context)


def _on(name: str) -> Response:
    """After saving a step: the next one, or back to where she came from."""
    onward = web.safe_next(request.args.get("next"))
    if onward:
        return redirect(onward, code=303)  # type: ignore[return-value]  # werkzeug's own
    place = STEPS.index(name) + 1
    return web.back_to(f"creators.{STEPS[place]}" if place < len(STEPS) else "creators.edit")


def _again(name: str) -> Response:
    """After adding to a step: back to where she came from, else the step again."""
    onward = web.safe_next(request.args.get("next"))
    return redirect(onward, code=303) if onward else web.back_to(f"creators.{name}")  # type: ignore[return-value]  # werkzeug's own


def _basics_form(profile: CreatorProfile) -> BasicsForm:
    party = db.session.get_one(Party, profile.party_id)
    form = BasicsForm(obj=profile, country=party.country)
    form.country.choices = options(places.countries())
    return form


@blueprint.get("/profile/basics")
@requires(policy.may_edit, load=own)
def basics(profile: CreatorProfile) -> Response:
    """Handle, place, niches, words, photo."""
    return _step("basics", _basics_form(profile), profile)


@blueprint.post("/profile/basics")
@requires(policy.may_edit, load=own, typed=True)
def save_basics(profile: CreatorProfile) -> Response:
    """Keep them."""
    form, actor = _basics_form(profile), current_actor()
    if form.validate():
        try:
            service.take_handle(profile, form.handle.data, by=actor)
            service.set_country(db.session.get_one(Party, profile.party_id), form.country.data, by=actor)
            words = {name: form[name].data or "" for name in ("city", "bio")}
            ticks = {name: form[name].data or [] for name in ("niches", "languages")}
            service.write(profile, by=actor, **words, **ticks)
            if form.photo.data:
                photo = files.store_image(form.photo.data.stream, form.photo.data.filename, party_id=profile.party_id)
                service.set_photo(profile, photo, by=actor)
            return _on("basics")
        except Refused as refusal:
            form.refuse(_beside("photo", refusal))
    return _step("basics", form, profile)


@blueprint.get("/profile/accounts", endpoint="accounts")
@requires(policy.may_edit, load=own)
def accounts_step(profile: CreatorProfile) -> Response:
    """Her accounts with their figures."""
    return _step("accounts", AccountForm(), profile, accounts=queries.accounts(profile.party_id))


@blueprint.post("/profile/accounts")
@requires(policy.may_edit, load=own, typed=True)
def note_account(profile: CreatorProfile) -> Response:
    """Add one, or its newest figures."""
    form = AccountForm()
    if form.validate():
        try:
            service.note_account(
                profile,
                platform=form.platform.data,
                handle=form.handle.data,
                followers=form.followers.data,
                engagement_bps=form.engagement_bps.data,
                by=current_actor(),
            )
            flash(gettext("Noted, with today’s date."), "good")
            return _again("accounts")
        except Refused as refusal:
            form.refuse(refusal)
    return _step("accounts", form, profile, accounts=queries.accounts(profile.party_id))


@blueprint.post("/profile/accounts/<id:account_id>/remove")
@requires(policy.may_edit, load=queries.own_account)
def remove_account(account: SocialAccount) -> Response:
    """Take one off the page."""
    service.remove_account(account, by=current_actor())
    return web.back_to("creators.accounts")


@blueprint.get("/profile/samples", endpoint="samples")
@requires(policy.may_edit, load=own)
def samples_step(profile: CreatorProfile) -> Response:
    """Pieces of work."""
    return _step("samples", SampleForm(), profile, samples=queries.samples(profile.party_id))


@blueprint.post("/profile/samples")
@requires(policy.may_edit, load=own, typed=True)
def add_sample(profile: CreatorProfile) -> Response:
    """Add one: a link or a picture."""
    form, actor = SampleForm(), current_actor()
    if form.validate():
        try:
            upload, picture = form.picture.data, None
            if upload and not form.url.data:
                picture = files.store_image(upload.stream, upload.filename, party_id=profile.party_id)
            shown = {"title": form.title.data, "url": form.url.data or None, "file": picture}
            service.add_sample(profile, **shown, once=form.once.data, by=actor)
            flash(gettext("Added."), "good")
            return _again("samples")
        except Refused as refusal:
            form.refuse(_beside("picture", refusal))
    return _step("samples", form, profile, samples=queries.samples(profile.party_id))


@blueprint.post("/profile/samples/<id:sample_id>/remove")
@requires(policy.may_edit, load=queries.own_sample)
def remove_sample(sample: Sample) -> Response:
    """Take one away."""
    service.remove_sample(sample, by=current_actor())
    return web.back_to("creators.samples")


def _rates_page(profile: CreatorProfile, form: RateForm, multipliers: MultipliersForm) -> Response:
    held, past = rates.current(profile.party_id), rates.history(profile.party_id)
    bad = form.errors or multipliers.errors
    context = {"rates": held, "history": [row for row in past if row.until], "multipliers": multipliers}
    return web.page(
        "creators/rates.html", 422 if bad else 200, form=form, profile=profile, step="rates", steps=STEPS, **context
    )


def _multipliers_form(profile: CreatorProfile, **options: Any) -> MultipliersForm:
    return MultipliersForm(data=dict(profile.multipliers) | {"show_rates": profile.show_rates}, **options)


@blueprint.get("/profile/rates", endpoint="rates")
@requires(policy.may_edit, load=own)
def rates_step(profile: CreatorProfile) -> Response:
    """The rate card."""
    return _rates_page(profile, RateForm(), _multipliers_form(profile))


@blueprint.post("/profile/rates")
@requires(policy.may_edit, load=own, typed=True)
def set_rate(profile: CreatorProfile) -> Response:
    """A price from now on."""
    form = RateForm()
    if form.validate():
        try:
            price = form.amount.data or Money(0, form.amount.currency)
            rates.set_price(profile, form.platform.data, form.format.data, price, by=current_actor())
            return web.back_to("creators.rates")
        except Refused as refusal:
            form.refuse(refusal)
    return _rates_page(profile, form, _multipliers_form(profile, formdata=None))


@blueprint.post("/profile/multipliers")
@requires(policy.may_edit, load=own, typed=True)
def set_multipliers(profile: CreatorProfile) -> Response:
    """What comes on top, and whether strangers see the card."""
    form = _multipliers_form(profile)
    if form.validate():
        try:
            named = {name: form[name].data for name in rates.MULTIPLIERS}
            rates.set_multipliers(profile, named, by=current_actor())
            service.write(profile, show_rates=bool(form.show_rates.data), by=current_actor())
            return _on("rates")
        except Refused as refusal:
            form.refuse(refusal)
    return _rates_page(profile, RateForm(formdata=None), form)


@blueprint.post("/profile/rates/<id:rate_id>/remove")
@requires(policy.may_edit, load=rates.own_rate)
def withdraw_rate(rate: Rate) -> Response:
    """Take a price off the card."""
    rates.withdraw(rate, by=current_actor())
    return web.back_to("creators.rates")


@blueprint.get("/profile/style")
@requires(policy.may_edit, load=own)
def style(profile: CreatorProfile) -> Response:
    """Values, style, availability."""
    return _step("style", StyleForm(obj=profile), profile)


@blueprint.post("/profile/style")
@requires(policy.may_edit, load=own, typed=True)
def save_style(profile: CreatorProfile) -> Response:
    """Keep them."""
    form = StyleForm(obj=profile)
    if form.validate():
        words = {name: form[name].data or "" for name in ("values", "style", "availability")}
        service.write(profile, **words, listed=bool(form.listed.data), by=current_actor())
        return _on("style")
    return _step("style", form, profile)


def _private_form(profile: CreatorProfile) -> PrivateForm:
    address = queries.shipping_address(profile.party_id)
    return PrivateForm(obj=profile, address=address.lines if address else "")


@blueprint.get("/profile/private")
@requires(policy.may_edit, load=own)
def private(profile: CreatorProfile) -> Response:
    """What nobody sees on her page."""
    return _step("private", _private_form(profile), profile)


@blueprint.post("/profile/private")
@requires(policy.may_edit, load=own, typed=True)
def save_private(profile: CreatorProfile) -> Response:
    """Keep it."""
    form, actor = _private_form(profile), current_actor()
    if form.validate():
        try:
            if form.birth_date.data:
                service.set_birth_date(profile, form.birth_date.data, by=actor)
            if form.address.data:
                service.set_shipping_address(profile, form.address.data, by=actor)
            return _on("private")
        except Refused as refusal:
            form.refuse(refusal)
    return _step("private", form, profile)


@blueprint.get("/@<handle>")
@public
def kit(handle: str) -> Response:
    """The media kit: what a stranger may see, and nothing else."""
    profile = queries.by_handle(handle)
    if profile is None:
        raise NotThere()
    settings = accounts.instance()
    accounts_ = queries.accounts(profile.party_id)
    own = current_actor().party_id == profile.party_id
    if own:
        web.belongs_to("creators.edit")
    return web.page(
        "creators/kit.html",
        profile=profile,
        party=db.session.get_one(Party, profile.party_id),
        accounts=accounts_,
        tier=queries.tier(max((row.followers for row in accounts_), default=0)),
        samples=queries.samples(profile.party_id),
        rates=rates.current(profile.party_id) if profile.show_rates else [],
        countries=places.countries(),
        currency=settings.currency if settings else None,
        holidays=holidays.coming(profile.party_id),
        own=own,
        share_image=url_for("creators.picture", file_id=profile.photo_file_id, _external=True)
        if profile.photo_file_id
        else None,
    )


@blueprint.get("/creators/pictures/<id:file_id>")
@public
def picture(file_id: UUID) -> Response:
    """A photo or sample somebody shows on a media kit."""
    row = queries.public_file(file_id)
    if row is None:
        raise NotThere()
    return files.send(row)


def _beside(field: str, refusal: Refused) -> Refused:
    """A refused upload is said beside its field."""
    if refusal.field is None and refusal.status in (413, 415, 422):
        refusal.field = field
    return refusal
