"""The printed contract: typst, tagged PDF, its data as JSON, no packages fetched."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa
import typst
from babel.dates import format_datetime
from flask import current_app
from flask_babel import force_locale, gettext

from marketplace import db, files
from marketplace.accounts import queries as people
from marketplace.contracts import document
from marketplace.contracts.models import Contract, ContractName, Signature, SignatureEvidence

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "contracts"


def print_contract(contract: Contract, signatures: list[Signature]) -> files.StoredFile:
    """Store a PDF of the contract, with the signatures given."""
    pdf = typst.compile(
        TEMPLATES / contract.template / "contract.typ",
        root=TEMPLATES / contract.template,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(_data(contract, signatures))},
        pdf_tags=True,
    )
    name = gettext("contract %(start)s.pdf", start=contract.sha256[:8])
    return files.store_bytes(bytes(pdf), name, "application/pdf", party_id=None)


def names(contract: Contract) -> dict[str, str]:
    """The two names on a contract by side; a dash where one was erased."""
    found = db.session.execute(
        sa.select(ContractName.side, ContractName.name).where(ContractName.contract_id == contract.id)
    )
    return {"creator": "–", "brand": "–"} | {row.side: row.name for row in found}


def _data(contract: Contract, signatures: list[Signature]) -> dict[str, object]:
    with force_locale(contract.language):
        roles = {"brand": gettext("The brand"), "creator": gettext("The creator")}
        named = names(contract)
        return {
            "site": people.site_name(),
            "language": contract.language,
            "kind": gettext("Contract"),
            "title": contract.document["terms"]["body"].get("title") or gettext("Contract"),
            "parties": [{"role": roles[side], "name": named[side]} for side in ("brand", "creator")],
            "sections": [
                {"title": section.title, "paragraphs": section.paragraphs}
                for section in document.sections(contract.text)
            ],
            "signatures_title": gettext("Signatures"),
            "signatures": [_signature(row, roles[row.side], contract.language) for row in signatures],
            "digest_label": gettext("Digest"),
            "check": gettext("SHA-256 of the document. Anyone holding this file can check it at %(place)s.",
                             place=f"{current_app.config['BASE_URL']}/verify"),
            "sha256": contract.sha256,
        }  # fmt: skip


def _signature(row: Signature, role: str, language: str) -> dict[str, str]:
    kept = db.session.get(SignatureEvidence, row.id)
    return {
        "name": kept.typed_name if kept else "–",
        "role": role,
        "at": format_datetime(row.signed_at, "long", locale=language),
        "how": how(row),
    }


def how(row: Signature) -> str:
    """How strongly a signer had shown who she is, in words."""
    ways = {
        "password": gettext("signed in with a password"),
        "code": gettext("signed in with a code by mail"),
        "second_factor": gettext("signed in with a second factor"),
    }
    return ways.get(row.strength or "", gettext("signed in"))
