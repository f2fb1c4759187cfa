"""Puts the server together: the Flask app, its state, its background thread, and the loopback address it listens on."""

import socket
import threading

from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from devstripe import (
    account_links,
    accounts,
    api,
    balances,
    bank_transfers,
    charges,
    checkout,
    customers,
    debits,
    disputes,
    events,
    fraud_warnings,
    invoice_items,
    invoice_payments,
    invoices,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    transfers,
    webhooks,
)
from devstripe.control import control
from devstripe.deliverer import Deliverer
from devstripe.errors import unknown_route
from devstripe.invoice_pages import invoice_pages
from devstripe.pages import pages
from devstripe.people import people
from devstripe.store import Store

NOUNS = (
    account_links,
    accounts,
    balances,
    bank_transfers,
    charges,
    checkout,
    customers,
    debits,
    disputes,
    events,
    fraud_warnings,
    invoice_items,
    invoice_payments,
    invoices,
    payment_intents,
    payment_methods,
    payouts,
    refunds,
    setup_intents,
    transfers,
    webhooks,
)  # imported for the routes and timers they register
HOST = "127.0.0.1"
SECRETS = {"platform": "whsec_devstripe_platform", "connect": "whsec_devstripe_connect", "thin": "whsec_devstripe_thin"}


def create_app(store: Store) -> Flask:
    """The WSGI application on a state."""
    app = Flask(__name__)
    app.config["STORE"] = store
    app.register_blueprint(control)
    app.register_blueprint(pages)
    app.register_blueprint(people)
    app.register_blueprint(invoice_pages)
    api.attach(app)
    app.register_error_handler(NotFound, nothing_here)
    app.register_error_handler(MethodNotAllowed, nothing_here)
    app.register_error_handler(Exception, api.broken)
    return app


def nothing_here(_error: Exception) -> tuple[object, int]:
    """404 in Stripe's words for calls, in plain words for people."""
    from flask import render_template, request

    if request.path.startswith(("/v1", "/v2")):
        return unknown_route(request.method, request.path).answer(), 404
    return render_template("message.html", title="Nothing here", text="This address leads nowhere, or no longer."), 404


class Quiet(WSGIRequestHandler):
    """Keeps connections open between requests and the console free of a line for each."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Requests are kept in the state; see /_control/requests."""


def check_free(port: int) -> None:
    """Raise OSError when somebody else listens there; werkzeug would end the process instead."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))


class Server:
    """A running server. `url` is its address; `stop` ends it."""

    def __init__(
        self,
        port: int = 0,
        state: str = ":memory:",
        webhooks_to: dict[str, str] | None = None,
        secrets: dict[str, list[str]] | None = None,
    ):
        check_free(port)
        self.store = Store(state)
        with self.store.transaction():
            for name in webhooks.AUDIENCES:
                signed_with = (secrets or {}).get(name) or [SECRETS[name]]
                webhooks.configure(self.store, name, (webhooks_to or {}).get(name) or "", signed_with)
        self.http: BaseWSGIServer = make_server(
            HOST, port, create_app(self.store), threaded=True, request_handler=Quiet
        )
        self.http.daemon_threads = True
        self.url = f"http://{HOST}:{self.http.port}"
        self.deliverer = Deliverer(self.store)

    def serve(self) -> None:
        """Answer until stopped."""
        self.deliverer.start()
        self.http.serve_forever(poll_interval=0.1)

    def start(self) -> "Server":
        """Answer in a background thread."""
        threading.Thread(target=self.serve, name="devstripe", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop answering; hanging answers end at once."""
        self.store.closing.set()
        self.http.shutdown()
        self.http.server_close()
        self.deliverer.stop()
        self.store.close()
