"""Mail: a row is sent once to a real SMTP server; a killed worker's row is tried again; nothing is lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask, render_template_string
from playwright.sync_api import Page

from marketplace import clock as time
from marketplace import db
from marketplace.notifications import outbox
from marketplace.notifications.models import Mail
from tests.browsers import PHONE, free_port


class Server:
    """An SMTP server that keeps what it is given and refuses `refused@example.com`."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take every recipient but one."""
        if address == "refused@example.com":
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the message."""
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]  # EmailMessage by its policy
        return "250 OK"


@pytest.fixture
def smtp(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A real SMTP server which the application sends to."""
    handler, port = Server(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings = dataclasses.replace(app.config["SETTINGS"], smtp_url=f"smtp://127.0.0.1:{port}")
    monkeypatch.setitem(app.config, "SETTINGS", settings)
    yield handler
    controller.stop()


def write(to: str = "cleo@example.com") -> Mail:
    return outbox.write(to, "One line\nand no second", "Words: é", "<p>Words: é</p>")


def test_mail_goes_to_smtp_text_first(smtp: Server, run_jobs: Any) -> None:
    row = write()
    run_jobs()
    (message,) = smtp.received
    assert message["To"] == "cleo@example.com"
    assert message["Subject"] == "One line and no second"
    assert message["Message-ID"].startswith(f"<{db.short(row.id)}@")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.get_body(("plain",)).get_content().strip() == "Words: é"
    db.session.refresh(row)
    assert row.sent_at is not None


def test_a_mail_row_is_sent_once(smtp: Server, run_jobs: Any) -> None:
    row = write()
    run_jobs()
    outbox.send(row.id)
    outbox.sweep()
    run_jobs()
    assert len(smtp.received) == 1


def test_a_worker_killed_before_it_spoke_to_the_server_loses_nothing(
    smtp: Server, run_jobs: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    row = write()
    with monkeypatch.context() as killed:
        killed.setattr(outbox, "hand_over", _die)
        with pytest.raises(KeyboardInterrupt):
            outbox.send(row.id)
    db.session.rollback()
    assert smtp.received == []
    outbox.sweep()
    run_jobs()
    assert smtp.received == [], "the lease of the killed worker still holds"
    clock.travel(outbox.LEASE)
    outbox.sweep()
    run_jobs()
    assert len(smtp.received) == 1


def test_a_worker_killed_after_the_server_took_it_sends_the_same_message_id_again(
    smtp: Server, run_jobs: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    row, real = write(), outbox.hand_over

    def sent_then_killed(message: EmailMessage, url: str) -> None:
        real(message, url)
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(outbox, "hand_over", sent_then_killed)
        with pytest.raises(KeyboardInterrupt):
            outbox.send(row.id)
    db.session.rollback()
    clock.travel(outbox.LEASE)
    outbox.sweep()
    run_jobs()
    assert len({message["Message-ID"] for message in smtp.received}) == 1
    assert row.sent_at is not None


def _die(message: EmailMessage, url: str) -> None:
    raise KeyboardInterrupt


def test_a_server_that_is_away_is_tried_again_later_and_parked_in_the_end(
    app: Flask, run_jobs: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    away = dataclasses.replace(app.config["SETTINGS"], smtp_url=f"smtp://127.0.0.1:{free_port()}")
    monkeypatch.setitem(app.config, "SETTINGS", away)
    row = write()
    for _ in range(outbox.PARK_AFTER):
        outbox.send(row.id)
        clock.travel(timedelta(hours=5))
    assert row.attempts == outbox.PARK_AFTER
    assert row.parked_at is not None
    assert "refused" in (row.last_error or "").lower()


def test_a_refused_recipient_is_parked_at_once(smtp: Server, run_jobs: Any) -> None:
    row = write("refused@example.com")
    run_jobs()
    db.session.refresh(row)
    assert row.parked_at is not None
    assert row.sent_at is None


def test_mail_is_forgotten_after_thirty_days(clock: Any) -> None:
    write()
    clock.travel(outbox.KEPT + timedelta(seconds=1))
    fresh = write()
    outbox.forget()
    assert list(db.session.scalars(sa.select(Mail.id))) == [fresh.id]
    assert time.now() == fresh.created_at


def test_a_long_address_in_a_mail_breaks_instead_of_widening_it_on_a_phone(app: Flask, page: Page) -> None:
    source = """{% extends "_layouts/mail.html" %}{% block main %}<p>Words.</p>{% endblock %}
    {% block action_href %}https://goodword.example/join/{{ "x" * 90 }}{% endblock %}"""
    page.set_content(render_template_string(source))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
