"""Refusals in the shape Stripe gives them: https://docs.stripe.com/api/errors."""


class ApiError(Exception):
    """An answer other than 200. `keep` commits what was done before it (a declined card leaves a failed charge);
    `remember` stores it under the idempotency key."""

    def __init__(
        self, status: int, kind: str, message: str, *, keep: bool = False, remember: bool = True, **more: object
    ):
        super().__init__(message)
        self.status = status
        self.keep = keep
        self.remember = remember
        self.body = {
            "type": kind,
            "message": message,
            **{key: value for key, value in more.items() if value is not None},
        }

    def answer(self) -> dict:
        """The JSON body of the answer."""
        return {"error": self.body}


def invalid(message: str, param: str | None = None, code: str | None = None, **more: object) -> ApiError:
    """400: a parameter or the state of things does not allow it."""
    return ApiError(400, "invalid_request_error", message, param=param, code=code, **more)


def missing_object(what: str, object_id: str, param: str = "id") -> ApiError:
    """No such object on this account. As at Stripe: 404 when it is the address, 400 when it is a parameter."""
    status = 404 if param == "id" else 400
    return ApiError(
        status, "invalid_request_error", f"No such {what}: '{object_id}'", param=param, code="resource_missing"
    )


def declined(code: str, message: str, decline_code: str | None = None, **more: object) -> ApiError:
    """402: the card said no. What it left behind (a failed charge) stays."""
    return ApiError(402, "card_error", message, keep=True, code=code, decline_code=decline_code, **more)


def unauthorized(message: str) -> ApiError:
    """401: no key, or not a test key."""
    return ApiError(401, "invalid_request_error", message, remember=False)


def unknown_route(method: str, path: str) -> ApiError:
    """404: Stripe does not serve this, or devstripe does not model it."""
    return ApiError(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).", remember=False)
