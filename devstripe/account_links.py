"""Account links: single-use addresses of the hosted form that completes a connected account."""

from devstripe import clock
from devstripe.api import route
from devstripe.call import PLATFORM, Call
from devstripe.errors import invalid
from devstripe.present import presenter

LIVES_SECONDS = 300


@route("POST", "/v2/core/account_links")
def create(call: Call) -> dict:
    """A link; it works once and for five minutes. `configurations` is refused: API 2026-09-30 removed it."""
    account = call.on(PLATFORM).load("v2.core.account", call.params["account"], "account")
    use_case = call.params["use_case"]
    kind = use_case["type"]
    if kind not in ("account_onboarding", "account_update") or kind not in use_case:
        raise invalid(f"Missing or unknown use case: {kind}", "use_case.type")
    link = call.create(
        "v2.core.account_link",
        "aclnk",
        {"account": account["id"], "expires_at": call.now + LIVES_SECONDS, "use_case": use_case, "_used": False},
    )
    link["url"] = f"{call.base_url}/_hosted/onboarding/{link['id']}/{call.store.secret('link ' + link['id'])}"
    return call.save(link)


@presenter("v2.core.account_link")
def shown(_call: Call, body: dict) -> dict:
    """Times as version 2 writes them; the link's own id stays inside."""
    kept = {key: value for key, value in body.items() if key != "id"}
    return {**kept, "created": clock.stamp(body["created"]), "expires_at": clock.stamp(body["expires_at"])}
