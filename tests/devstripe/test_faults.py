"""Faults on demand: what the application will meet, and that nothing more than promised happens."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.devstripe.factories import creator, paid_charge
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.plain
WISH = {"email": "x@example.org"}


def impatient(server: StripeServer, **options: object) -> stripe.StripeClient:
    """A client that waits a fifth of a second."""
    return server.client(http_client=stripe.RequestsClient(timeout=0.2), **options)


@pytest.mark.parametrize(
    ("kind", "made"), [("timeout_before", 0), ("timeout_after", 1), ("drop_before", 0), ("drop", 1)]
)
def test_a_call_without_answer_may_have_had_its_effect(server: StripeServer, kind: str, made: int) -> None:
    server.fault(kind, "/v1/customers", "POST", seconds=2)
    with pytest.raises(stripe.APIConnectionError):
        impatient(server).v1.customers.create(WISH, {"idempotency_key": "a"})
    assert len(server.objects("customer")) == made
    found = server.client().v1.customers.create(WISH, {"idempotency_key": "a"})
    assert [one["id"] for one in server.objects("customer")] == [found.id]


@pytest.mark.parametrize(("kind", "made"), [("error_500", 0), ("error_500_after", 1)])
def test_a_500_is_stored_and_comes_again_under_its_key(
    server: StripeServer, client: stripe.StripeClient, kind: str, made: int
) -> None:
    server.fault(kind, "/v1/customers", "POST")
    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as failed:
            client.v1.customers.create(WISH, {"idempotency_key": "a"})
        assert (failed.value.http_status, failed.value.headers.get("Idempotent-Replayed")) == (500, replayed)
    assert len(server.objects("customer")) == made
    assert client.v1.customers.create(WISH, {"idempotency_key": "b"}).id


@pytest.mark.parametrize(
    ("kind", "error", "status"), [("409", stripe.APIError, 409), ("429", stripe.RateLimitError, 429)]
)
def test_a_refusal_to_serve_is_not_stored(
    server: StripeServer, client: stripe.StripeClient, kind: str, error: type, status: int
) -> None:
    server.fault(kind, "/v1/customers", "POST")
    with pytest.raises(error) as refused:
        client.v1.customers.create(WISH, {"idempotency_key": "a"})
    assert refused.value.http_status == status
    assert client.v1.customers.create(WISH, {"idempotency_key": "a"}).email == "x@example.org"


def test_a_gateway_answers_html(server: StripeServer, client: stripe.StripeClient) -> None:
    server.fault("html_502", "/v1/balance", "GET")
    with pytest.raises(stripe.APIError) as failed:
        client.v1.balance.retrieve()
    assert (failed.value.http_status, "<html>" in failed.value.http_body) == (502, True)


def test_the_clients_own_retries_survive_a_dropped_answer_without_a_second_object(server: StripeServer) -> None:
    charge, account = paid_charge(server), creator(server)
    server.fault("drop", "/v1/transfers", "POST")
    transfer = server.client(max_network_retries=2).v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    assert [one["id"] for one in server.objects("transfer")] == [transfer.id]
    assert [one["replayed"] for one in server.requests("/v1/transfers")] == [False, True]


def test_a_fault_fits_method_and_path_and_is_used_up(server: StripeServer, client: stripe.StripeClient) -> None:
    server.fault("429", "/v1/customers/*", "GET", count=2)
    made = client.v1.customers.create(WISH)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            client.v1.customers.retrieve(made.id)
    assert client.v1.customers.retrieve(made.id).id == made.id
    assert server.control("GET", "/faults") == []


def test_an_unknown_fault_is_refused(server: StripeServer) -> None:
    answer = server.ask("POST", "/_control/faults", b'{"kind": "gremlins"}', **{"Content-Type": "application/json"})
    assert (answer.status, "gremlins" in answer.body) == (400, True)


def test_every_call_is_on_record_with_its_fault(server: StripeServer, client: stripe.StripeClient) -> None:
    server.fault("error_500_after", "/v1/customers", "POST")
    with pytest.raises(stripe.APIError):
        client.v1.customers.create(WISH, {"idempotency_key": "seen"})
    seen = server.requests("/v1/customers")[0]
    assert (seen["method"], seen["status"], seen["fault"], seen["idempotency_key"], seen["params"]) == (
        "POST",
        500,
        "error_500_after",
        "seen",
        WISH,
    )


def test_many_at_once_with_one_key_make_one_object(server: StripeServer) -> None:
    client = server.client()
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: client.v1.customers.create(WISH, {"idempotency_key": "a"}).id, range(20)))
    assert len(set(made)) == 1
    assert len(server.objects("customer")) == 1


def test_many_at_once_never_send_more_than_was_paid(server: StripeServer) -> None:
    charge, account, client = paid_charge(server, 10_000), creator(server), server.client()

    def send(_number: int) -> bool:
        try:
            client.v1.transfers.create(
                {"amount": 3_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
            )
        except stripe.InvalidRequestError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(send, range(10))) == 3
