"""``python -m devstripe``: run the server until interrupted."""

import argparse
import os
import signal
import sqlite3
import sys
import threading

from devstripe.server import SECRETS, Server

PORT = 12111


def secrets_in_environment(name: str) -> list[str]:
    """Signing secrets as the application's environment has them: separated by commas."""
    return [
        one.strip() for one in os.environ.get(f"STRIPE_WEBHOOK_SECRET_{name.upper()}", "").split(",") if one.strip()
    ]


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m devstripe", description="A local server that answers like Stripe, for test keys."
    )
    parser.add_argument("--port", type=int, default=PORT, help="port on 127.0.0.1 (default %(default)s)")
    parser.add_argument(
        "--state", default="instance/devstripe.sqlite", help="SQLite file, or :memory: (default %(default)s)"
    )
    for name, secret in SECRETS.items():
        parser.add_argument(
            f"--{name}-webhook",
            metavar="URL",
            default="",
            help=f"where {name} events go; none: they wait to be fetched",
        )
        parser.add_argument(
            f"--{name}-secret",
            action="append",
            help=f"signing secret, may be repeated (default STRIPE_WEBHOOK_SECRET_{name.upper()}, else {secret})",
        )
    return parser.parse_args()


def main() -> int:
    """Run; 0 after an interruption, 2 when the port or the state cannot be used."""
    given = vars(arguments())
    interrupted = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: interrupted.set())
    try:
        server = Server(
            given["port"],
            given["state"],
            {name: given[f"{name}_webhook"] for name in SECRETS},
            {name: given[f"{name}_secret"] or secrets_in_environment(name) for name in SECRETS},
        )
    except (OSError, sqlite3.Error) as error:
        print(f"devstripe cannot use port {given['port']} or state {given['state']}: {error}", file=sys.stderr)
        return 2
    server.start()
    print(f"devstripe answers at {server.url}, state in {given['state']}", flush=True)
    interrupted.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
