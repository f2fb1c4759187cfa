"""The background thread: rings the clock's timers and sends webhook deliveries to addresses that are due."""

import sys
import threading
import time
import traceback
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from devstripe import clock, webhooks
from devstripe.store import Store

PAUSE_SECONDS = 0.5  # between looks for deliveries that are due again; new ones wake the thread
RING_EVERY_SECONDS = 2
ANSWER_SECONDS = 10
STOP_SECONDS = 2
BATCH = 50


def send(message: dict) -> str:
    """Post one delivery; what the endpoint said: a status, or why there is none."""
    request = Request(message["url"], data=message["body"].encode(), headers=message["headers"], method="POST")
    try:
        with urlopen(request, timeout=ANSWER_SECONDS) as answer:  # addresses come from the command line or a test key
            return str(answer.status)
    except HTTPError as error:
        return str(error.code)
    except (URLError, HTTPException, OSError, ValueError) as error:
        return f"no answer: {error}"


class Deliverer(threading.Thread):
    """Sends what is due until `stop`."""

    def __init__(self, store: Store):
        super().__init__(name="devstripe deliverer", daemon=True)
        self.store = store
        self.stopping = threading.Event()

    def run(self) -> None:
        """Look, send, sleep. A mistake is shown and does not end the thread."""
        rung = 0.0
        while not self.stopping.is_set():
            self.store.news.wait(PAUSE_SECONDS)
            self.store.news.clear()
            try:
                if time.monotonic() - rung > RING_EVERY_SECONDS:
                    with self.store.transaction():
                        clock.ring(self.store)
                    rung = time.monotonic()
                self.send_due()
            except Exception:
                traceback.print_exc(file=sys.stderr)

    def send_due(self) -> None:
        """Send what is due and has an address, one after another."""
        with self.store.transaction():
            due = webhooks.waiting(self.store, time.time(), at_most=BATCH)
            ready = [(one, webhooks.message(self.store, one)) for one in due]
            if len(due) == BATCH:
                self.store.news.set()
        for delivery, message in ready:
            if self.stopping.is_set():
                return
            answer = send(message)
            with self.store.transaction():
                webhooks.settle(self.store, delivery, answer)

    def stop(self) -> None:
        """End the thread."""
        self.stopping.set()
        self.store.news.set()
        self.join(timeout=STOP_SECONDS)
