"""The tax form a payee signs before money is sent to her: which one, whether it stands, and signing it.

No payout leaves without a valid, unexpired form for the jurisdiction (law.md, Tax). Which form, and how long it can be
relied on, are dated rows of `rules` with their sources. A signed form never changes; signing again makes a newer
version, and the newest counts. Days are days of the operator, who is the payer.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import rfc8785
import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import aliased, contains_eager, joinedload

from marketplace import clock, db
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party, PartyKind
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import Event, emit
from marketplace.payments.tax import tax_numbers, tax_rules, tax_words
from marketplace.payments.tax.tax_events import TaxFormEnding, TaxFormSeen, TaxFormSigned, TaxNumberRead
from marketplace.payments.tax.tax_rules import Filled
from marketplace.payments.tax.tax_tables import TaxForm, TaxFormDetails
from marketplace.rules import queries as rules

REMIND = timedelta(days=30)


@dataclass(frozen=True)
class Origin:
    """How and from where a form is signed: typed name, ticked box, address and user agent of the request."""

    typed_name: str
    consent: bool
    address: str
    user_agent: str


def today() -> date:
    """The operator's day."""
    settings = people.instance()
    operator = people.party(settings.operator_party_id) if settings else None
    return clock.today(operator.zone if operator else "UTC")


def asked(party_id: UUID) -> tuple[str, ...]:
    """The kinds of form a party may sign, the likeliest first; empty where this instance asks for none."""
    settings, party = people.instance(), people.party(party_id)
    if settings is None or party is None:
        return ()
    return rules.tax_forms(settings.country, party.country, today())


def newest(party_id: UUID) -> TaxForm | None:
    """A party's newest form with its details."""
    return next(iter(of_party(party_id, limit=1)), None)


def of_party(party_id: UUID, limit: int = 20) -> list[TaxForm]:
    """A party's forms, newest first."""
    query = sa.select(TaxForm).where(TaxForm.party_id == party_id).options(joinedload(TaxForm.details))
    return list(db.session.scalars(query.order_by(TaxForm.signed_at.desc(), TaxForm.id.desc()).limit(limit)))


def problem(party_id: UUID) -> str | None:
    """Why a party cannot be paid for want of a form: `missing`, `expired` or `other`; None when nothing is in the way."""
    accepted = asked(party_id)
    if not accepted:
        return None
    form = newest(party_id)
    if form is None:
        return "missing"
    if form.kind not in accepted:
        return "other"
    return "expired" if form.valid_until is not None and form.valid_until < today() else None


def sign(party: Party, filled: Filled, origin: Origin, *, once: str, by: Actor) -> TaxForm:
    """Sign a form; it replaces the one before. The same `once` again finds what was signed then.

    Raises Refused (422, beside the field) for what cannot be right, and in words with the next step where another
    form is needed (409).
    """
    db.lock(party)
    known = sa.select(TaxForm).where(TaxForm.party_id == party.id, TaxForm.once == once)
    if found := db.session.scalar(known.options(joinedload(TaxForm.details))):
        return found
    if filled.kind not in asked(party.id):
        raise Refused(_("This form is not the one that is asked of you. Open the page again."))
    number = tax_rules.look_over(filled, origin.typed_name, origin.consent, today())
    form = _write(party, filled, number, origin, once, by)
    db.session.add(form)
    db.session.flush()
    emit(TaxFormSigned(form.id, party.id), by=by)
    return form


def _write(party: Party, filled: Filled, number: str | None, origin: Origin, once: str, by: Actor) -> TaxForm:
    form_id, day = db.new_id(), today()
    details = TaxFormDetails(
        form_id=form_id,
        **{name: value for name, value in asdict(filled).items() if name not in tax_rules.NOT_KEPT},
        number=tax_numbers.seal(form_id, number) if number else None,
        last_four=tax_numbers.last_four(number) if number else None,
        number_kind=filled.of_kind if number else None,
        number_country=filled.of_country if number else None,
        typed_name=origin.typed_name.strip(),
        address=origin.address,
        user_agent=origin.user_agent[:400],
        salt=secrets.token_hex(16),
    )
    return TaxForm(
        id=form_id,
        details=details,
        party_id=party.id,
        user_id=by.user_id,
        kind=filled.kind,
        statement=tax_words.statement(filled.kind),
        strength=by.strength,
        once=once,
        details_sha256=digest(details),
        signed_at=clock.now(),
        valid_until=rules.tax_form_ends(filled.kind, day),
    )


def digest(details: TaxFormDetails) -> str:
    """The salted digest of details as they were signed. Of the number it covers the sealed form: nine digits could be guessed."""
    apart = ("form_id", "reminded_at")
    stated = {column.key: getattr(details, column.key) for column in TaxFormDetails.__table__.columns}
    plain = {key: _plain(value) for key, value in stated.items() if key not in apart}
    return hashlib.sha256(rfc8785.dumps(plain)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else value


def intact(form: TaxForm) -> bool:
    """Are the details still what was signed?"""
    return form.details is not None and digest(form.details) == form.details_sha256


# Looking


def own(actor: Actor, form_id: UUID) -> TaxForm | None:
    """A form the actor's party signed."""
    query = sa.select(TaxForm).where(TaxForm.id == form_id, TaxForm.party_id == actor.party_id)
    return db.session.scalar(query.options(joinedload(TaxForm.details)))


def by_id(form_id: UUID) -> TaxForm | None:
    """A form, for the operator's command line."""
    return db.session.scalar(sa.select(TaxForm).where(TaxForm.id == form_id).options(joinedload(TaxForm.details)))


def payee(actor: Actor, party_id: UUID) -> Party | None:
    """A creator, for the operator's people; for others there is none."""
    party = people.party(party_id) if actor.party_kind == PartyKind.OPERATOR else None
    return party if party is not None and party.kind == PartyKind.CREATOR else None


def look(party: Party, *, by: Actor) -> list[TaxForm]:
    """A party's forms for one of the operator's people; that somebody looked is written down."""
    forms = of_party(party.id)
    if forms:
        emit(TaxFormSeen(party.id, forms[0].id), by=by)
        db.session.flush()
    return forms


def looks(party_id: UUID, limit: int = 50) -> list[Event]:
    """Who looked at a party's form and who read its number, newest first."""
    names = ("payments.tax_form_seen", "payments.tax_number_read")
    query = sa.select(Event).where(Event.subject_id == party_id, Event.name.in_(names))
    return list(db.session.scalars(query.order_by(Event.occurred_at.desc(), Event.id.desc()).limit(limit)))


def read_number(form: TaxForm, why: str, *, by: Actor) -> str:
    """The whole number, for the report that the operator files; written down with its reason.

    Raises Refused without a number, and ValueError where no key opens it.
    """
    details = form.details
    if details is None or details.number is None:
        raise Refused(_("This form states no tax number."))
    emit(TaxNumberRead(form.party_id, form.id, why), by=by)
    return tax_numbers.unseal(form.id, details.number)


def remind() -> int:
    """Tell whoever's newest form ends within 30 days, once for each form. Returns how many."""
    day, newer = today(), aliased(TaxForm)
    query = (
        sa.select(TaxForm)
        .join(TaxForm.details)
        .options(contains_eager(TaxForm.details))
        .where(
            TaxForm.valid_until.between(day, day + REMIND),
            TaxFormDetails.reminded_at.is_(None),
            ~sa.exists().where(newer.party_id == TaxForm.party_id, newer.signed_at > TaxForm.signed_at),
        )
        .order_by(TaxForm.id)
        .limit(500)
        .with_for_update(of=TaxFormDetails, skip_locked=True)
    )
    forms = list(db.session.scalars(query))
    for form in forms:
        assert form.details is not None  # joined above
        form.details.reminded_at = clock.now()
        if form.kind in asked(form.party_id):
            emit(TaxFormEnding(form.id, form.party_id), by=CLOCK)
    return len(forms)
