"""Proving that a domain is the brand's: a token in a file on it, or in its DNS.

The file is `/.well-known/goodword.txt`, the DNS record a TXT at the domain itself saying
`goodword=<token>`. Only over https, never to a private address, no redirects to elsewhere, a small
answer; in development and tests a loopback host may be proven over http.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import secrets
import socket
import ssl
from uuid import UUID

import dns.exception
import dns.resolver
import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.authz import Actor
from marketplace.brands import service
from marketplace.brands.events import DomainProven
from marketplace.brands.models import BrandDomain
from marketplace.errors import Refused

PATH = "/.well-known/goodword.txt"
NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1)(?::\d{1,5})?")
PATIENCE = 5  # seconds
LARGEST_ANSWER = 4096  # bytes


def add(party_id: UUID, domain: str, *, by: Actor) -> BrandDomain:
    """Name a domain and get the token that proves it. The same domain again returns the first row."""
    name = _clean(domain)
    found = db.session.scalar(
        sa.select(BrandDomain).where(BrandDomain.party_id == party_id, BrandDomain.domain == name)
    )
    if found:
        return found
    row = BrandDomain(id=db.new_id(), party_id=party_id, domain=name, token=secrets.token_hex(16))
    db.session.add(row)
    db.session.flush()
    return row


def look(row: BrandDomain) -> str | None:
    """Go and see: `file` or `dns` where the token stands, None where it does not. Writes nothing."""
    return "file" if _in_file(row) else "dns" if _in_dns(row) else None


def prove(row: BrandDomain, proof: str | None, *, by: Actor) -> BrandDomain:
    """Write down what `look` found; the brand's first proven domain verifies the brand.

    Raises Refused where nothing was found, and where another brand has proven the domain already.
    """
    if proof is None:
        raise Refused(
            gettext("The token is not there yet. New files and DNS records can take a few minutes to appear."),
            status=409,
        )
    other = db.session.scalar(
        sa.select(BrandDomain).where(
            BrandDomain.domain == row.domain, BrandDomain.party_id != row.party_id, BrandDomain.verified_at.is_not(None)
        )
    )
    if other is not None:
        raise Refused(gettext("Another brand here has proven this domain. Write to the operator."))
    db.lock(row)
    if row.verified_at is None:
        row.verified_at, row.proof = clock.now(), proof
        events.emit(DomainProven(row.id, row.party_id, proof), by=by)
    service.verify(service.profile_of(row.party_id), how="domain", by=by)
    db.session.flush()
    return row


def remove(row: BrandDomain, *, by: Actor) -> None:
    """Take a domain away that was never proven."""
    if row.verified_at is not None:
        raise Refused(gettext("Links may rest on a proven domain, so it stays."))
    db.session.delete(row)
    db.session.flush()


def _clean(domain: str) -> str:
    name = domain.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0].rstrip(".")
    if _may_be_loopback() and LOOPBACK.fullmatch(name):
        return name
    try:
        name = name.encode("idna").decode()
    except UnicodeError:
        name = ""
    if not NAME.fullmatch(name):
        raise Refused(gettext("Write a domain such as example.com."), status=422, field="domain")
    return name


def _may_be_loopback() -> bool:
    return current_app.config["SETTINGS"].environment != "production"


def _in_file(row: BrandDomain) -> bool:
    """Does the file on the domain carry the token?"""
    try:
        connection = _connect(row.domain)
        connection.request("GET", PATH, headers={"Host": row.domain, "User-Agent": "Goodword domain check"})
        answer = connection.getresponse()
        body = answer.read(LARGEST_ANSWER)
        connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return answer.status == http.client.OK and row.token.encode() in body.split()


def _connect(domain: str) -> http.client.HTTPConnection:
    """A connection to the very address that was checked, so that a name cannot change in between."""
    if LOOPBACK.fullmatch(domain):
        if not _may_be_loopback():
            raise ValueError("loopback")
        return http.client.HTTPConnection(domain, timeout=PATIENCE)
    address = _public_address(domain)
    raw = socket.create_connection((address, 443), timeout=PATIENCE)
    connection = http.client.HTTPSConnection(domain, timeout=PATIENCE)
    connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=domain)
    return connection


def _public_address(domain: str) -> str:
    """The domain's first address. Raises ValueError when any of them is private or reserved."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(domain, 443, type=socket.SOCK_STREAM)]
    if not found or not all(ipaddress.ip_address(address.split("%")[0]).is_global for address in found):
        raise ValueError("not a public address")
    return found[0]


def _in_dns(row: BrandDomain) -> bool:
    """Does a TXT record of the domain carry the token?"""
    try:
        answers = dns.resolver.resolve(row.domain.split(":")[0], "TXT", lifetime=PATIENCE)
    except (dns.exception.DNSException, OSError):
        return False
    return any(f"goodword={row.token}".encode() in b"".join(answer.strings) for answer in answers)
