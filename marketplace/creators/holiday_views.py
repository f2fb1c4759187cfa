"""The page on which a creator announces when she is away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext

from marketplace import web
from marketplace.accounts import queries as people
from marketplace.authz import current_actor, requires
from marketplace.creators import holidays, policy
from marketplace.creators.forms import HolidayForm
from marketplace.creators.models import Holiday
from marketplace.creators.states import HOLIDAY, HolidayState
from marketplace.errors import Refused


@requires(policy.may_edit)
def show() -> Any:
    """What is announced, and the form."""
    return _page(HolidayForm())


@requires(policy.may_edit, typed=True)
def announce() -> Any:
    """Announce one."""
    form, actor = HolidayForm(), current_actor()
    if form.validate():
        try:
            party = people.own_party(actor)
            holidays.announce(party, form.from_day.data, form.until_day.data, by=actor)
            flash(gettext("Announced. The brands you work with know the days."), "good")
            return web.back_to("creators.holidays")
        except Refused as refusal:
            form.refuse(refusal)
    return _page(form)


@requires(policy.may_edit, load=holidays.own)
def call_off(holiday: Holiday) -> Any:
    """She is back, or does not go."""
    holidays.call_off(holiday, by=current_actor())
    flash(gettext("Called off. Your clocks run."), "good")
    return web.back_to("creators.holidays")


def add_to(blueprint: Blueprint) -> None:
    """Put these pages on the package's blueprint."""
    blueprint.add_url_rule("/profile/holidays", "holidays", show, methods=["GET"])
    blueprint.add_url_rule("/profile/holidays", "announce_holiday", announce, methods=["POST"])
    blueprint.add_url_rule("/profile/holidays/<id:holiday_id>/call-off", "call_off", call_off, methods=["POST"])


def _page(form: HolidayForm) -> Any:
    rows = holidays.coming(current_actor().own_party_id)
    words = {row.id: HOLIDAY.words[HolidayState(row.state)] for row in rows}
    return web.form_page("creators/holidays.html", form, rows=rows, words=words, most=holidays.MOST_DAYS)
