"""The tax form of a payee: to sign, to look at again, and as the operator's people see it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace import db, web
from marketplace.accounts import places
from marketplace.accounts import queries as people
from marketplace.accounts.fields import sentence
from marketplace.accounts.models import Party, User
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused
from marketplace.payments import policy
from marketplace.payments.models import TaxForm
from marketplace.payments.tax import tax_fields, tax_forms, tax_rules, tax_words


def standing(party_id: UUID) -> dict[str, Any]:
    """For the set-up page: what is asked (nothing where `asked` is empty), the newest form, and what is wrong with it."""
    return {
        "asked": tax_forms.asked(party_id),
        "form": tax_forms.newest(party_id),
        "problem": tax_forms.problem(party_id),
        "names": tax_words.NAMES,
    }


@requires(policy.may_sign_tax_form)
def show() -> Any:
    """The form that is asked of her, or the one that stands."""
    kind = _kind()
    form = _form(kind, formdata=None, data=_begin()) if kind else None
    return web.page("payments/tax_form.html", form=form, **_context(kind))


@requires(policy.may_sign_tax_form, typed=True)
def sign() -> Any:
    """Sign it; from then on waiting payouts set off."""
    kind = _kind()
    if kind is None:
        raise Refused(_("No tax form is asked of you here."))
    form = _form(kind)
    if _is_right(kind, form):
        origin = tax_forms.Origin(
            form.typed_name.data, form.consent.data, request.remote_addr or "", request.user_agent.string
        )
        try:
            signed, actor = tax_fields.filled(kind, form), current_actor()
            tax_forms.sign(people.own_party(actor), signed, origin, once=form.once.data, by=actor)
            flash(_("Signed. Whatever waited for it sets off by itself."), "good")
            return redirect(web.safe_next(request.args.get("next")) or url_for("payments.show_set_up"))
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("payments/tax_form.html", form, **_context(kind))


def _is_right(kind: str, form: Any) -> bool:
    """Say everything that is not right in one answer, a sentence at each field."""
    form.validate()
    said = tax_fields.filled(kind, form)
    for refusal in tax_rules.problems(said, form.typed_name.data, form.consent.data, tax_forms.today()):
        if not refusal.field or not form[refusal.field].errors:
            form.refuse(refusal)
    return not form.errors


@requires(policy.may_see_tax_form, load=tax_forms.own)
def signed(form: TaxForm) -> Any:
    """Her copy of what she signed."""
    return web.page("payments/tax_form_signed.html", signed=form, **_words())


@requires(policy.may_look_at_tax_form, load=tax_forms.payee)
def look(party: Party) -> Any:
    """A payee's forms for staff. Each look is written down and shown below."""
    forms, looks = tax_forms.look(party, by=current_actor()), tax_forms.looks(party.id)
    who = {
        id: user.name
        for id in {one.actor_user_id for one in looks if one.actor_user_id}
        if (user := db.session.get(User, id))
    }
    return web.page(
        "payments/staff_tax_form.html",
        party=party,
        forms=forms,
        problem=tax_forms.problem(party.id),
        asked=tax_forms.asked(party.id),
        intact=tax_forms.intact,
        looks=looks,
        who=who,
        **_words(),
    )


def _kind() -> str | None:
    """The kind in the address if she may sign it, else the likeliest; None where nothing is asked."""
    accepted, wanted = tax_forms.asked(current_actor().own_party_id), request.args.get("form")
    return wanted if wanted in accepted else next(iter(accepted), None)


def _form(kind: str, **options: Any) -> Any:
    form = tax_fields.KINDS[kind](**options)
    form.consent.label.text = tax_words.consent()
    return form


def _begin() -> dict[str, Any]:
    """What the form begins with: name and address of the form before; never its number."""
    party, before = people.own_party(current_actor()), tax_forms.newest(current_actor().own_party_id)
    begin: dict[str, Any] = {"once": db.short(db.new_id()), "legal_name": party.name, "country": party.country}
    begin |= {"citizenship": party.country, "number_country": party.country}
    if before is not None and before.details is not None:
        kept = (
            "legal_name",
            "business_name",
            "street",
            "city",
            "region",
            "postal_code",
            "country",
            "citizenship",
            "birth_date",
        )
        begin |= {name: value for name in kept if (value := getattr(before.details, name))}
    return begin


def _context(kind: str | None) -> dict[str, Any]:
    party_id, onward = current_actor().own_party_id, web.safe_next(request.args.get("next"))
    accepted, problem = tax_forms.asked(party_id), tax_forms.problem(party_id)
    return {
        "kind": kind,
        "others": [name for name in accepted if name != kind],
        "standing": tax_forms.newest(party_id),
        "problem": problem,
        "signing": bool(kind) and bool(problem or request.method == "POST" or "new" in request.args),
        "onward": onward,
        "declares": tax_words.statement(kind).split("\n") if kind else [],
        "tax_words": tax_words,
        **_words(),
    }


def _words() -> dict[str, Any]:
    return {
        "names": tax_words.NAMES,
        "classes": {name: sentence(words) for name, words in tax_words.CLASSES.items()},
        "numbers": {name: sentence(words) for name, words in tax_words.NUMBERS.items()},
        "countries": places.countries(str(get_locale() or "en")),
    }


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    blueprint.add_url_rule("/payouts/tax-form", "tax_form", show, methods=["GET"])
    blueprint.add_url_rule("/payouts/tax-form", "sign_tax_form", sign, methods=["POST"])
    blueprint.add_url_rule("/payouts/tax-form/<id:form_id>", "signed_tax_form", signed, methods=["GET"])
    blueprint.add_url_rule("/staff/creators/<id:party_id>/tax-form", "staff_tax_form", look, methods=["GET"])
