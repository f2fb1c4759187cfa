"""A brand's own pages: profile, products, domains. Its public page, which lists briefs, is `briefs.of_brand`."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, flash
from flask_babel import gettext

from marketplace import db, files, web
from marketplace.accounts import queries as accounts
from marketplace.authz import Actor, current_actor, public, requires
from marketplace.brands import domains as proofs
from marketplace.brands import names, policy, queries, service
from marketplace.brands.forms import DomainForm, NameForm, ProductForm, ProfileForm
from marketplace.brands.models import BrandDomain, BrandProfile, Product
from marketplace.errors import NotThere, Refused

blueprint = Blueprint("brands", __name__)


def own(actor: Actor) -> BrandProfile | None:
    """The acting brand's profile, begun on its first visit."""
    return service.profile_of(actor.party_id) if actor.party_id and actor.is_a("brand") else BrandProfile()


@blueprint.get("/brands/logos/<id:file_id>")
@public
def logo(file_id: UUID) -> Response:
    """A logo some brand shows."""
    row = queries.public_logo(file_id)
    if row is None:
        raise NotThere()
    return files.send(row)


@blueprint.get("/brand/profile")
@requires(policy.may_edit, load=own)
def edit(profile: BrandProfile) -> Response:
    """The brand's public words."""
    return _profile(profile, ProfileForm(obj=profile))


@blueprint.post("/brand/profile")
@requires(policy.may_edit, load=own, typed=True)
def save(profile: BrandProfile) -> Response:
    """Keep them."""
    form, actor = ProfileForm(obj=profile), current_actor()
    if form.validate():
        try:
            upload, picture = form.logo.data, None
            if upload:
                picture = files.store_image(upload.stream, upload.filename, party_id=profile.party_id)
            words = {name: form[name].data or "" for name in ("site", "category", "story", "values")}
            service.write_profile(profile, **words, logo=picture, by=actor)
            flash(gettext("Saved."), "good")
            return web.back_to("brands.edit")
        except Refused as refusal:
            refusal.field = refusal.field or "logo"
            form.refuse(refusal)
    return _profile(profile, form)


@blueprint.get("/brand/profile/name")
@requires(policy.may_rename, load=own)
def name(profile: BrandProfile) -> Response:
    """The brand's name, to be corrected."""
    return _name(profile, NameForm(data={"name": accounts.own_party(current_actor()).name}))


@blueprint.post("/brand/profile/name")
@requires(policy.may_rename, load=own, typed=True)
def rename(profile: BrandProfile) -> Response:
    """Take it, or ask the operator to look at it."""
    form, actor = NameForm(), current_actor()
    if form.validate():
        try:
            row = names.rename(accounts.own_party(actor), form.name.data, by=actor)
            done = (
                gettext("Saved.") if row.agreed else gettext("The operator looks at it. Until then the old name stays.")
            )
            flash(done, "good")
            return web.back_to("brands.edit")
        except Refused as refusal:
            form.refuse(refusal)
    return _name(profile, form)


def _name(profile: BrandProfile, form: NameForm) -> Response:
    party_id = profile.party_id
    waits = names.waiting(party_id)
    return web.form_page("brands/name.html", form, looked_at=names.needs_a_look(party_id), waits=waits)


def _profile(profile: BrandProfile, form: ProfileForm) -> Response:
    reachable = queries.may_reach_creators(profile.party_id)
    waits = names.waiting(profile.party_id)
    return web.form_page("brands/edit.html", form, profile=profile, reachable=reachable, waits=waits)


@blueprint.get("/brand/products")
@requires(policy.may_read)
def products() -> Response:
    """What the brand sells."""
    party_id = current_actor().party_id
    rows = queries.products(party_id, retired=True) if party_id else []
    return web.page("brands/products.html", products=rows)


@blueprint.get("/brand/products/new")
@requires(policy.may_edit)
def new_product() -> Response:
    """An empty product."""
    return web.form_page("brands/product.html", ProductForm(), product=None)


@blueprint.post("/brand/products/new")
@requires(policy.may_edit, typed=True)
def add_product() -> Response:
    """Add it."""
    form, actor = ProductForm(), current_actor()
    if form.validate() and actor.party_id:
        service.add_product(actor.party_id, **_words(form), by=actor)
        return web.back_to("brands.products")
    return web.form_page("brands/product.html", form, product=None)


@blueprint.get("/brand/products/<id:product_id>")
@requires(policy.may_edit, load=queries.own_product)
def edit_product(product: Product) -> Response:
    """One product."""
    return web.form_page("brands/product.html", _product_form(product), product=product)


@blueprint.post("/brand/products/<id:product_id>")
@requires(policy.may_edit, load=queries.own_product, typed=True)
def save_product(product: Product) -> Response:
    """Keep it."""
    form = _product_form(product)
    if form.validate():
        try:
            service.write_product(product, **_words(form), by=current_actor())
            return web.back_to("brands.products")
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("brands/product.html", form, product=product)


@blueprint.post("/brand/products/<id:product_id>/retire")
@requires(policy.may_edit, load=queries.own_product)
def retire_product(product: Product) -> Response:
    """Offer it in no new brief."""
    service.retire_product(product, by=current_actor())
    return web.back_to("brands.products")


@blueprint.post("/brand/products/<id:product_id>/return")
@requires(policy.may_edit, load=queries.own_product)
def return_product(product: Product) -> Response:
    """Offer it again."""
    service.return_product(product, by=current_actor())
    return web.back_to("brands.products")


@blueprint.get("/brand/domains")
@requires(policy.may_read, load=own)
def domains(profile: BrandProfile) -> Response:
    """The brand's domains and how to prove one."""
    return _domains(profile, DomainForm())


@blueprint.post("/brand/domains")
@requires(policy.may_edit, load=own, typed=True)
def add_domain(profile: BrandProfile) -> Response:
    """Name one."""
    form = DomainForm()
    if form.validate():
        try:
            proofs.add(profile.party_id, form.domain.data, by=current_actor())
            return web.back_to("brands.domains")
        except Refused as refusal:
            form.refuse(refusal)
    return _domains(profile, form)


@blueprint.post("/brand/domains/<id:domain_id>/check")
@requires(policy.may_edit, load=queries.own_domain)
def check_domain(domain: BrandDomain) -> Response:
    """Go and look whether the token stands where it should."""
    proof = db.outside(lambda: proofs.look(domain))
    try:
        proofs.prove(domain, proof, by=current_actor())
        flash(gettext("%(domain)s is yours. Your brand is verified.", domain=domain.domain), "good")
    except Refused as refusal:
        flash(refusal.sentence, "warn")
    return web.back_to("brands.domains")


@blueprint.post("/brand/domains/<id:domain_id>/remove")
@requires(policy.may_edit, load=queries.own_domain)
def remove_domain(domain: BrandDomain) -> Response:
    """Take an unproven one away."""
    proofs.remove(domain, by=current_actor())
    return web.back_to("brands.domains")


def _domains(profile: BrandProfile, form: DomainForm) -> Response:
    return web.form_page(
        "brands/domains.html",
        form,
        profile=profile,
        domains=queries.domains(profile.party_id),
        path=proofs.PATH,
        reachable=queries.may_reach_creators(profile.party_id),
        site=accounts.site_name(),
    )


def _product_form(product: Product) -> ProductForm:
    return ProductForm(
        data={
            "name": product.name,
            "value": product.value,
            "url": product.url,
            "description": product.description,
            "variants": "\n".join(product.variants),
        }
    )


def _words(form: ProductForm) -> dict:
    return {
        "name": form.name.data,
        "value": form.value.data,
        "url": form.url.data or "",
        "description": form.description.data or "",
        "variants": [line.strip() for line in (form.variants.data or "").splitlines() if line.strip()],
    }
