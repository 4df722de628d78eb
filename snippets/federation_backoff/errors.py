"""The errors of a federation request, with Synapse's names."""


# --8<-- [start:errors]
class CodeMessageException(RuntimeError):
    """An answer with an error as its HTTP status, `code`."""

    def __init__(self, code: int, msg: str = "") -> None:
        super().__init__(f"{code}: {msg}")
        self.code = code
        self.msg = msg


class HttpResponseException(CodeMessageException):
    """The same, raised by the HTTP client."""


class RequestSendFailed(RuntimeError):
    """No answer: refused, timed out, no such name; or 5xx or 429 on every attempt."""

    def __init__(self, inner_exception: BaseException, can_retry: bool = False) -> None:
        super().__init__(f"Failed to send request: {type(inner_exception).__name__}")
        self.inner_exception = inner_exception
        self.can_retry = can_retry


class NotRetryingDestination(Exception):
    """The destination is left alone. `retry_last_ts` is in ms since 1970, and
    `retry_interval` is the whole wait in ms, not what is left of it.
    """

    def __init__(self, retry_last_ts: int, retry_interval: int, destination: str) -> None:
        super().__init__(
            f"Not retrying {destination}: last tried at retry_last_ts={retry_last_ts}, "
            f"left alone for retry_interval={retry_interval} ms from then"
        )
        self.retry_last_ts = retry_last_ts
        self.retry_interval = retry_interval
        self.destination = destination


# --8<-- [end:errors]
