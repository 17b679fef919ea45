"""How Twilio's REST interface says no."""

from http import HTTPStatus


class RestError(Exception):
    """A request that Twilio refuses.

    Attributes:
        status: of HTTP.
        code: Twilio's own.
    """

    def __init__(self, status: HTTPStatus, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    @property
    def body(self) -> dict[str, str | int]:
        """The answer, in Twilio's shape."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status.value,
        }


def not_found(what: str) -> RestError:
    """The refusal of what the account does not have."""
    return RestError(HTTPStatus.NOT_FOUND, 20404, f"The requested resource {what} was not found")
