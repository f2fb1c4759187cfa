"""Verbs on contracts: draw up, sign, void."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.collaborations import deals
from marketplace.collaborations.applications import days_of
from marketplace.collaborations.models import Deal
from marketplace.contracts import chain, document, law, printing
from marketplace.contracts.clocks import SIGN
from marketplace.contracts.events import ContractDrawnUp, ContractSigned, ContractVoided
from marketplace.contracts.models import Contract, ContractName, Signature, SignatureEvidence
from marketplace.contracts.states import CONTRACT, ContractState
from marketplace.creators import commitments
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.payments.money_out import set_up
from marketplace.terms import queries as terms_queries
from marketplace.terms import service as terms
from marketplace.terms.models import Acceptance, TermsVersion

SIDES = ("creator", "brand")
FIRST = {
    "account": "Set up where your pay goes first; it takes a few minutes. Then sign.",
    "tax form": "Sign your tax form first; it takes two minutes. Then sign the contract.",
}


@dataclass(frozen=True)
class Evidence:
    """Where a signature came from: address and user agent of the request."""

    address: str
    user_agent: str


def draw_up(deal: Deal, *, by: Actor) -> Contract:
    """Write the contract of a deal and start both signing clocks; a second time finds the first.

    A gift without strings needs no ceremony: the two taps that agreed on it are its signatures.
    """
    found = db.session.scalar(sa.select(Contract).where(Contract.deal_id == deal.id))
    if found:
        return found
    version = terms_queries.version(deal.version_id)
    creator = db.session.get_one(Party, deal.creator_party_id)
    brand = db.session.get_one(Party, deal.brand_party_id)
    written, salts = document.write(deal, version, creator, brand)
    countries = {creator.country, brand.country}
    ceremony = law.needs_ceremony(version.body, countries, clock.today(brand.zone))
    contract = Contract(
        id=db.new_id(),
        deal_id=deal.id,
        version_id=version.id,
        state=ContractState.OPEN.value,
        method="ceremony" if ceremony else "one_tap",
        template=document.TEMPLATE,
        language=version.language,
        document=written,
        text=written["text"],
        sha256=document.digest(written),
        drawn_up_at=clock.now(),
    )
    db.session.add(contract)
    db.session.flush()
    for side, party in (("creator", creator), ("brand", brand)):
        db.session.add(ContractName(contract_id=contract.id, side=side, name=party.name, salt=salts[side]))
    db.session.flush()
    contract.pdf_file_id = printing.print_contract(contract, []).id
    if ceremony:
        _start_clocks(contract, deal, {"creator": creator, "brand": brand}, version, by=by)
    else:
        _conclude_by_taps(contract, deal, version, by=by)
    return contract


def sign(
    contract: Contract, typed_name: str, *, consent: bool, scrolled: bool | None, evidence: Evidence, by: Actor
) -> Signature:
    """One side signs. The second signature concludes the contract and moves the deal on.

    Raises Refused without a typed name or consent (422), when this side has signed, when the
    contract is no longer open, or when a creator who is to be paid has no payout account or no valid tax form yet.
    """
    if not typed_name.strip():
        raise Refused(gettext("Type your full name."), status=422, field="typed_name")
    if not consent:
        raise Refused(gettext("Tick the box to agree to sign electronically."), status=422, field="consent")
    db.lock(contract)
    deal = db.session.get_one(Deal, contract.deal_id)
    side = side_of(deal, by)
    if contract.state != ContractState.OPEN:
        raise Refused(gettext(CONTRACT.moves["sign"].says))
    if side in {row.side for row in signatures(contract)}:
        raise Refused(gettext("You have signed this contract already."))
    if missing := missing_for_pay(deal, side):
        raise Refused(gettext(FIRST[missing]))
    row = _write_signature(contract, side, consent_text(), typed_name.strip(), scrolled, evidence, by=by)
    terms.accept(terms_queries.version(contract.version_id), by=by)
    deadlines.meet(SIGN, (f"contract_{side}", contract.id), by=by)
    _after_signature(contract, deal, side, by=by)
    return row


def void(contract: Contract, *, by: Actor) -> Contract:
    """The contract was not signed by both in time; it binds nobody."""
    for side in SIDES:
        deadlines.cancel(SIGN, (f"contract_{side}", contract.id), by=by)
    return advance(CONTRACT, contract, "void", by=by, fact=ContractVoided(contract.id, contract.deal_id))


def missing_for_pay(deal: Deal, side: str) -> str | None:
    """What a creator who is to be paid through us has not set up: `account` or `tax form`; None for anybody else."""
    paid_by_us = bool(deal.protected) and not deal.paid_directly
    return set_up.missing(deal.creator_party_id) if side == "creator" and paid_by_us else None


def consent_text() -> str:
    """What a signer agrees to, kept with the signature word for word."""
    return gettext(
        "I have read this contract and agree to it. I sign it electronically by typing my name and "
        "pressing the button, and I agree that this counts like my signature on paper."
    )


def side_of(deal: Deal, by: Actor) -> str:
    """`creator` or `brand`. Raises Refused for anybody else."""
    if by.party_id == deal.creator_party_id:
        return "creator"
    if by.party_id == deal.brand_party_id:
        return "brand"
    raise Refused(gettext("Only the two sides of this contract can sign it."), status=403)


def signatures(contract: Contract) -> list[Signature]:
    """The signatures so far, oldest first."""
    return list(
        db.session.scalars(
            sa.select(Signature).where(Signature.contract_id == contract.id).order_by(Signature.signed_at, Signature.id)
        )
    )


def _start_clocks(
    contract: Contract, deal: Deal, parties: dict[str, Party], version: TermsVersion, *, by: Actor
) -> None:
    for side, party in parties.items():
        deadlines.start(
            SIGN,
            owner=party.id,
            subject=(f"contract_{side}", contract.id),
            zone=party.zone,
            by=by,
            days=days_of(version.body, "sign"),
            room_id=deal.id,
        )
    emit(ContractDrawnUp(contract.id, deal.id, deal.creator_party_id, deal.brand_party_id), by=by)


def _after_signature(contract: Contract, deal: Deal, side: str, *, by: Actor) -> None:
    """Record it; when both have signed, conclude, note the exclusivity and move the deal on."""
    fully = len(signatures(contract)) == len(SIDES)
    fact = ContractSigned(contract.id, deal.id, deal.creator_party_id, deal.brand_party_id, side, fully)
    advance(CONTRACT, contract, "conclude" if fully else "sign", by=by, fact=fact)
    if not fully:
        return
    contract.signed_at = clock.now()
    _note_exclusivity(deal)
    deals.contract_signed(deal, contract.id, by=by)


def _note_exclusivity(deal: Deal) -> None:
    exclusivity = terms_queries.version(deal.version_id).body.get("exclusivity")
    if exclusivity:
        starts = clock.today("UTC")
        commitments.commit(
            deal.creator_party_id,
            deal_id=deal.id,
            category=exclusivity["category"],
            starts_on=starts,
            ends_on=starts + timedelta(days=int(exclusivity["days"])),
        )


def _conclude_by_taps(contract: Contract, deal: Deal, version: TermsVersion, *, by: Actor) -> None:
    """The proposal and its acceptance are the two signatures of a gift without strings."""
    proposal = db.session.get_one(TermsVersion, version.parent_id)
    acceptance = db.session.scalars(sa.select(Acceptance).where(Acceptance.version_id == proposal.id)).one()
    consent = gettext("Agreed in the portal with one tap; nothing is owed in return.")
    taps = [(proposal.author_party_id, proposal.author_user_id), (acceptance.party_id, acceptance.user_id)]
    for party_id, user_id in taps:
        party = db.session.get_one(Party, party_id)
        actor = Actor(
            kind="user", user_id=user_id, party_id=party_id, party_kind=party.kind, strength=acceptance.strength
        )
        side = side_of(deal, actor)
        _write_signature(contract, side, consent, party.name, None, Evidence("", ""), by=actor)
        _after_signature(contract, deal, side, by=by)


def _write_signature(
    contract: Contract,
    side: str,
    consent: str,
    typed_name: str,
    scrolled: bool | None,
    evidence: Evidence,
    *,
    by: Actor,
) -> Signature:
    before = signatures(contract)
    salt = secrets.token_hex(16)
    user_agent = evidence.user_agent[:400]
    row = Signature(
        id=db.new_id(),
        contract_id=contract.id,
        side=side,
        party_id=by.party_id,
        user_id=by.user_id,
        consent=consent,
        strength=by.strength,
        scrolled=scrolled,
        document_sha256=contract.sha256,
        evidence_sha256=chain.evidence_digest(typed_name, evidence.address, user_agent, salt),
        signed_at=clock.now(),
        previous_sha256=before[-1].sha256 if before else None,
        sha256="",
    )
    row.sha256 = chain.signature_digest(row)
    db.session.add(row)
    db.session.flush()
    db.session.add(
        SignatureEvidence(
            signature_id=row.id, typed_name=typed_name, address=evidence.address, user_agent=user_agent, salt=salt
        )
    )
    db.session.flush()
    return row
