"""One request's view of the server: whose account, what was asked, and the verbs every noun needs to file objects."""

from dataclasses import dataclass, field, replace

from devstripe import clock
from devstripe.errors import missing_object
from devstripe.store import Store

PLATFORM = "acct_platform"
WITHOUT_MODE = {"balance_transaction", "refund", "transfer_reversal"}  # kinds Stripe gives no `livemode`


@dataclass
class Call:
    """The account a request acts on, with its parameters. Timers and hosted pages make one without a request id."""

    store: Store
    account: str = PLATFORM
    params: dict = field(default_factory=dict)
    request_id: str | None = None
    idempotency_key: str | None = None
    base_url: str = ""
    api_version: str = "2026-10-28.endive"

    def on(self, account: str) -> "Call":
        """The same request, acting on another account."""
        return replace(self, account=account)

    @property
    def now(self) -> int:
        """The time by this server's clock, in seconds."""
        return clock.now(self.store)

    def create(self, kind: str, prefix: str, body: dict) -> dict:
        """File a new object: gives it an id, its kind, its time and test mode."""
        whole = {"id": self.store.new_id(prefix), "object": kind, "created": self.now, **body}
        if kind not in WITHOUT_MODE:
            whole["livemode"] = False
        return self.store.put(whole, kind, self.account, self.now)

    def load(self, kind: str, object_id: str, param: str = "id") -> dict:
        """An object of this account. Raises Stripe's ``resource_missing`` naming `param`."""
        found = self.store.find(str(object_id), kind, self.account)
        if found is None:
            raise missing_object(kind, object_id, param)
        return found

    def save(self, body: dict) -> dict:
        """Keep an object's new body."""
        return self.store.save(body)

    def merge(self, body: dict, *names: str) -> dict:
        """Take over the named parameters that were sent; metadata is merged key by key and emptied by ''."""
        for name in names:
            if name not in self.params:
                continue
            value = self.params[name]
            body[name] = merged_metadata(body.get("metadata") or {}, value) if name == "metadata" else value or None
        return body


def merged_metadata(old: dict, new: object) -> dict:
    """Stripe's rule: a key with an empty value goes, an empty value for all of it empties it."""
    if not isinstance(new, dict):
        return {}
    return {key: value for key, value in {**old, **new}.items() if value != ""}
