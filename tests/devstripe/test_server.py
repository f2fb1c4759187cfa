"""The process itself: killed and started again, small, on loopback, refusing live keys, complete."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devstripe.api import ROUTES
from devstripe.params import decode, requests_described
from tests.devstripe.factories import checkout, creator, paid_charge
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.plain
ROOT = Path(__file__).parents[2]
MOST_MEGABYTES = 60


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def process(*arguments: str, port: int) -> Iterator[tuple[subprocess.Popen, StripeServer]]:
    """devstripe as `make run` starts it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "devstripe", "--port", str(port), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "devstripe answers at" in child.stdout.readline()
        yield child, StripeServer(f"http://127.0.0.1:{port}")
    finally:
        child.kill()
        child.communicate()


def test_nothing_answered_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    state, port = str(tmp_path / "state.sqlite"), free_port()
    with process("--state", state, port=port) as (child, server):
        charge, account = paid_charge(server), creator(server)
        wish = {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
        first = server.client().v1.transfers.create(wish, {"idempotency_key": "release 1"})
        server.advance(days=0.9)
        child.send_signal(signal.SIGKILL)
        child.wait()
    with process("--state", state, port=port) as (_, server):
        again = server.client().v1.transfers.create(wish, {"idempotency_key": "release 1"})
        assert again.id == first.id
        assert server.client().v1.charges.retrieve(charge.id).amount == 50_000
        assert server.control("GET", "/health")["now"] > time.time() + 70_000


def test_ids_of_two_states_differ(tmp_path: Path) -> None:
    seen = set()
    for name in ("one", "two"):
        port = free_port()
        with process("--state", str(tmp_path / name), port=port) as (_, server):
            seen.add(server.client().v1.customers.create().id)
    assert len(seen) == 2


def test_the_process_stays_small(tmp_path: Path) -> None:
    port = free_port()
    with process("--state", str(tmp_path / "state.sqlite"), port=port) as (child, server):
        for _ in range(5):
            paid_charge(server)
        status = Path(f"/proc/{child.pid}/status").read_text()
        assert int(re.search(r"VmHWM:\s+(\d+)", status)[1]) < MOST_MEGABYTES * 1024


def test_the_process_ends_politely(tmp_path: Path) -> None:
    with process("--state", str(tmp_path / "state.sqlite"), port=free_port()) as (child, _):
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "devstripe", "--port", str(port), "--state", ":memory:"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert done.returncode == 2
    assert done.stderr.startswith(f"devstripe cannot use port {port}")
    assert "Traceback" not in done.stderr


def test_a_state_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = subprocess.run(
        [sys.executable, "-m", "devstripe", "--port", str(free_port()), "--state", str(tmp_path / "file" / "x.sqlite")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_signing_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET_PLATFORM", "whsec_new,whsec_old")
    with process("--state", ":memory:", port=free_port()) as (_, server):
        client = server.client()
        client.v1.customers.create()
        headers, body = server.undelivered()[0]
        for secret in ("whsec_new", "whsec_old"):
            client.construct_event(body, headers["Stripe-Signature"], secret)


def test_it_listens_on_loopback_only(server: StripeServer) -> None:
    port = int(server.url.rpartition(":")[2])
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    addresses = {
        fields[1].split(":")[0] for fields in listening if fields[1].endswith(f":{port:04X}") and fields[3] == "0A"
    }
    assert addresses == {"0100007F"}


def test_keys_come_as_bearer_or_as_basic(server: StripeServer) -> None:
    assert server.ask("GET", "/v1/balance", Authorization="Bearer sk_test_any").status == 200
    assert server.ask("GET", "/v1/balance", Authorization="Basic c2tfdGVzdF9hbnk6").status == 200
    for header in ("", "Bearer", "Bearer pk_test_x", "Bearer sk_live_x", "Basic ???", "Basic c2tfbGl2ZV94Og=="):
        answer = server.ask("GET", "/v1/balance", Authorization=header)
        assert (answer.status, json.loads(answer.body)["error"]["type"]) == (401, "invalid_request_error")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/unknown", None),
        ("DELETE", "/v1/charges/ch_1", None),
        ("POST", "/v1/customers", b"\xff\xfe=%ZZ&[=&a[b"),
        ("POST", "/v1/customers", b"metadata[a][b]=1"),
        ("POST", "/v1/customers", b"email[]=1"),
        ("POST", "/v2/core/accounts", b"{nonsense"),
        ("POST", "/v2/core/accounts", b"[1, 2]"),
        ("POST", "/v2/core/accounts", b'{"identity": 5}'),
        ("POST", "/v2/core/account_links", b'{"account": "x", "use_case": {"type": "y"}}'),
        ("GET", "/v1/charges?limit=many", None),
        ("GET", "/v1/charges?starting_after=nothing", None),
        ("GET", "/v1/charges?created[gt]=x", None),
        ("POST", "/v1/payment_intents", b"amount=1e3&currency=usd"),
        ("POST", "/v1/payment_intents", b"amount=500&currency=nonsense"),
        ("POST", "/v1/transfers", b"amount=99999999999999999999&currency=usd&destination=x"),
        ("GET", "/v2/core/accounts?page=nonsense", None),
        ("GET", "/v2/core/events?limit=-3", None),
    ],
)
def test_nonsense_is_refused_and_never_a_500(server: StripeServer, method: str, path: str, body: bytes | None) -> None:
    answer = server.ask(
        method, path, body, Authorization="Bearer sk_test_x", **{"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status in (400, 404), answer.body
    assert json.loads(answer.body)["error"]["message"]


def test_everything_described_is_served_and_everything_served_is_described() -> None:
    assert {f"{method} {path}" for method, path, _ in ROUTES} == set(requests_described())


def test_brackets_become_lists_and_dicts() -> None:
    assert decode("a[0][b]=1&a[1][b]=2&c[d][e]=3&f[]=4&f[]=5&g=") == {
        "a": [{"b": "1"}, {"b": "2"}],
        "c": {"d": {"e": "3"}},
        "f": ["4", "5"],
        "g": "",
    }


def test_the_application_is_not_needed() -> None:
    code = "import sys, devstripe.server; sys.exit(any(name.split('.')[0] in ('marketplace', 'stripe') for name in sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}).returncode
        == 0
    )


def test_a_reset_forgets_all_but_the_numbers(server: StripeServer) -> None:
    client = server.client()
    first = client.v1.customers.create({}, {"idempotency_key": "a"})
    endpoint = client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["charge.failed"]})
    paid_charge(server)
    server.advance(days=400)
    server.fault("429")
    server.reset()
    assert client.v1.customers.list().data == []
    assert server.messages() == []
    assert abs(server.control("GET", "/health")["now"] - time.time()) < 60
    again = client.v1.customers.create({}, {"idempotency_key": "a"})
    assert again.id > first.id
    assert [one["endpoint"] for one in server.messages()] == ["platform"]
    assert endpoint.id not in {one["id"] for one in server.objects("webhook_endpoint")}


def test_a_session_is_only_paid_once(server: StripeServer) -> None:
    session = checkout(server.client())
    assert [server.pay_checkout(session.id).status for _ in range(2)] == [303, 303]
    assert len(server.objects("charge")) == 1
