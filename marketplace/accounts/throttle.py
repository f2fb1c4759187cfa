"""How often something may be tried, counted in Redis by network address and by account."""

from __future__ import annotations

import redis
import structlog
from flask import request
from flask_babel import gettext
from limits import parse
from limits.errors import StorageError

from marketplace import web
from marketplace.errors import Refused

log = structlog.get_logger()
PER_ACCOUNT = parse("10 per 15 minutes")
PER_ADDRESS = parse("100 per 15 minutes")


def count(what: str, account: str) -> None:
    """Count one try. Raises Refused (429) when there were too many; without Redis nothing is counted."""
    address = request.remote_addr or "unknown"
    try:
        fine = web.limiter.limiter.hit(PER_ACCOUNT, what, "account", account.lower())
        fine = web.limiter.limiter.hit(PER_ADDRESS, what, "address", address) and fine
    except (redis.RedisError, StorageError) as problem:
        log.warning("redis_away", what=what, problem=str(problem))
        return
    if not fine:
        sentence = gettext("There were too many tries. Wait 15 minutes, then try again.")
        raise Refused(sentence, status=429)


def forget(what: str, account: str) -> None:
    """It worked: the account's earlier tries no longer count."""
    try:
        web.limiter.limiter.clear(PER_ACCOUNT, what, "account", account.lower())
    except (redis.RedisError, StorageError) as problem:
        log.warning("redis_away", what=what, problem=str(problem))
