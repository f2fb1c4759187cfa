"""Mail: a row first, sent by a job afterwards.

What keeps a message from being lost or doubled: the row commits with the fact it tells of; a worker
moves `next_attempt_at` on and commits before it speaks to the mail server (a lease); the outcome is
recorded in the next transaction; a sweep finds rows whose worker was killed. A worker killed between
the server's answer and our record sends again, under the same Message-ID, which mail readers show
once. Without SMTP_URL nothing is sent: development reads its mail at `/dev/mailbox`.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit
from uuid import UUID

import sqlalchemy as sa
import structlog
from flask import current_app

from marketplace import clock, db, jobs
from marketplace.config import Config
from marketplace.notifications.models import Mail

log = structlog.get_logger()
LEASE = timedelta(minutes=5)
PARK_AFTER = 8  # attempts; then a person looks
KEPT = timedelta(days=30)
TIMEOUT = 20  # seconds


def write(to: str, subject: str, text: str, html: str) -> Mail:
    """Put a message into the outbox, in the current transaction."""
    row = Mail(
        id=db.new_id(),
        to=to,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        created_at=clock.now(),
        next_attempt_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    jobs.enqueue(send, row.id)
    return row


@jobs.job
def send(mail_id: UUID) -> None:
    """Send one message, unless another worker has it or it was sent."""
    settings: Config = current_app.config["SETTINGS"]
    if settings.smtp_url is None:
        return
    row = db.session.scalar(
        sa.select(Mail)
        .where(
            Mail.id == mail_id,
            Mail.sent_at.is_(None),
            Mail.parked_at.is_(None),
            Mail.next_attempt_at <= clock.now(),
        )
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return
    row.attempts += 1
    row.next_attempt_at = clock.now() + max(LEASE, timedelta(minutes=2**row.attempts))
    message, smtp_url = as_message(row, settings), settings.smtp_url
    try:
        db.outside(lambda: hand_over(message, smtp_url))
    except (OSError, smtplib.SMTPException) as problem:
        _failed(row, problem)
    else:
        row.sent_at, row.last_error = clock.now(), None


def _failed(row: Mail, problem: Exception) -> None:
    """Note why; a refused recipient will be refused again, so it is parked at once."""
    row.last_error = f"{type(problem).__name__}: {problem}"[:2000]
    if row.attempts >= PARK_AFTER or isinstance(problem, smtplib.SMTPRecipientsRefused):
        row.parked_at = clock.now()
    log.warning("mail_failed", mail=str(row.id), attempts=row.attempts, problem=type(problem).__name__)


def as_message(row: Mail, settings: Config) -> EmailMessage:
    """The MIME message of a row: text first, then HTML; its Message-ID is the row's."""
    name, sender = parseaddr(settings.mail_from)
    domain = sender.rpartition("@")[2]
    message = EmailMessage()
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = Address(addr_spec=row.to)
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{db.short(row.id)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(row.text)
    message.add_alternative(row.html, subtype="html")
    return message


def hand_over(message: EmailMessage, smtp_url: str) -> None:
    """Give a message to the mail server. Raises OSError or SMTPException."""
    parts = urlsplit(smtp_url)
    host = parts.hostname or "localhost"
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
    with server:
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)


@jobs.job
def sweep() -> None:
    """Line up again every message past its time."""
    late = db.session.scalars(
        sa.select(Mail.id)
        .where(Mail.sent_at.is_(None), Mail.parked_at.is_(None), Mail.next_attempt_at <= clock.now())
        .order_by(Mail.next_attempt_at)
        .limit(500)
    )
    if current_app.config["SETTINGS"].smtp_url is not None:
        for mail_id in late:
            jobs.enqueue(send, mail_id)


@jobs.job
def forget() -> None:
    """Messages hold codes and addresses: they are deleted after 30 days."""
    db.session.execute(sa.delete(Mail).where(Mail.created_at < clock.now() - KEPT))
