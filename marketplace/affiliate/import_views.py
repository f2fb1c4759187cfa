"""Importing a CSV of orders: choose a file, see the difference, then write it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash
from flask_babel import gettext

from marketplace import db, jobs, web
from marketplace.affiliate import imports, policy, queries, spreadsheet
from marketplace.affiliate.forms import MappingForm, UploadForm
from marketplace.affiliate.jobs import finish_import
from marketplace.affiliate.models import Import, Program
from marketplace.affiliate.routes import blueprint
from marketplace.authz import current_actor, requires
from marketplace.errors import Refused

LARGEST = 50 * 2**20  # bytes


@blueprint.get("/brand/programs/<id:program_id>/import")
@requires(policy.may_run_programs, load=queries.own_program)
def new_import(program: Program) -> Response:
    """Choose a file; the last ones below."""
    return web.page("affiliate/new_import.html", form=UploadForm(), **_choosing(program))


@blueprint.get("/brand/programs/<id:program_id>/import/sample.csv")
@requires(policy.may_run_programs, load=queries.own_program)
def sample_import(program: Program) -> Response:
    """A file as it may be sent, to fill in."""
    return web.csv_file("orders-sample.csv", spreadsheet.sample(program))


@blueprint.post("/brand/programs/<id:program_id>/import")
@requires(policy.may_run_programs, load=queries.own_program, typed=True)
def upload_import(program: Program) -> Response:
    """Look through it; nothing is written yet."""
    form = UploadForm()
    if form.validate():
        try:
            row = imports.upload(program, _bytes(form), form.file.data.filename or "orders.csv", by=current_actor())
            return web.back_to("affiliate.order_import", import_id=row.id)
        except Refused as refusal:
            if refusal.status == 413:
                raise
            form.refuse(refusal)
    return web.form_page("affiliate/new_import.html", form, **_choosing(program))


@blueprint.get("/brand/imports/<id:import_id>")
@requires(policy.may_run_programs, load=queries.own_import)
def order_import(row: Import) -> Response:
    """What the file would change, or what it did."""
    return web.page("affiliate/order_import.html", form=_mapping_form(row), **_about(row))


@blueprint.post("/brand/imports/<id:import_id>/check")
@requires(policy.may_run_programs, load=queries.own_import, typed=True)
def check_import(row: Import) -> Response:
    """Look again with other columns."""
    form = _mapping_form(row)
    if form.validate():
        try:
            imports.check(row, form.mapping())
            return web.back_to("affiliate.order_import", import_id=row.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("affiliate/order_import.html", form, **_about(row))


@blueprint.post("/brand/imports/<id:import_id>/begin")
@requires(policy.may_run_programs, load=queries.own_import)
def begin_import(row: Import) -> Response:
    """Write the orders in the background."""
    imports.begin(row, by=current_actor())
    jobs.enqueue(finish_import, row.id)
    flash(gettext("The orders are being written. This page shows when they are in."), "good")
    return web.back_to("affiliate.order_import", import_id=row.id)


def _bytes(form: UploadForm) -> bytes:
    content = form.file.data.stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(gettext("This file is larger than %(n)s MB.", n=LARGEST // 2**20), status=413)
    return content


def _choosing(program: Program) -> dict[str, Any]:
    """What the page says of the columns a file may have, and the files so far."""
    columns = [
        {"label": label, "headings": headings, "note": spreadsheet.NOTES.get(name), "needed": name in spreadsheet.NEEDED}
        for name, (label, headings) in spreadsheet.FIELDS.items()
    ]
    sample = [",".join(row) for row in spreadsheet.sample(program)]
    return {"program": program, "past": queries.imports_of(program), "columns": columns, "sample": sample}


def _mapping_form(row: Import) -> MappingForm:
    return MappingForm(row.report["columns"], data=row.mapping)


def _about(row: Import) -> dict[str, Any]:
    return {"row": row, "report": row.report, "program": db.session.get_one(Program, row.program_id)}
