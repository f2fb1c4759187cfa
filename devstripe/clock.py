"""The virtual clock: real time plus what tests have advanced it by, and the timers that ring when it gets there."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from devstripe.store import Store

DAY = 86400

TIMERS: dict[str, Callable] = {}


def now(store: Store) -> int:
    """Seconds since 1970 by this state's clock. While a timer runs it is the moment the timer was set for."""
    if store.ringing_at is not None:
        return store.ringing_at
    frozen = store.meta("frozen at")
    return int(frozen) if frozen is not None else int(time.time()) + int(store.meta("clock offset") or 0)


def advance(store: Store, seconds: int) -> int:
    """Move the clock forward and return the new time. Timers ring at the next `ring`."""
    if store.meta("frozen at") is not None:
        store.set_meta("frozen at", now(store) + seconds)
    else:
        store.set_meta("clock offset", int(store.meta("clock offset") or 0) + seconds)
    return now(store)


def freeze(store: Store, at: int | None) -> int:
    """Stop the clock at a time, or let it run again from where it stands (None)."""
    if at is None:
        store.set_meta("clock offset", now(store) - int(time.time()))
    store.set_meta("frozen at", at)
    return now(store)


def stamp(seconds: int) -> str:
    """A time as version 2 of the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def timer(verb: str) -> Callable:
    """Register what a timer of this name does: a function of (store, object id)."""

    def register(function: Callable) -> Callable:
        TIMERS[verb] = function
        return function

    return register


def ring(store: Store) -> None:
    """Do everything that is due, oldest first. A timer may set further timers that are due as well."""
    while True:
        due = store.rows("SELECT id, due, verb, object FROM timers WHERE due <= ? ORDER BY due, id LIMIT 1", now(store))
        if not due:
            return
        store.run("DELETE FROM timers WHERE id = ?", due[0]["id"])
        store.ringing_at = due[0]["due"]
        try:
            TIMERS[due[0]["verb"]](store, due[0]["object"])
        finally:
            store.ringing_at = None
