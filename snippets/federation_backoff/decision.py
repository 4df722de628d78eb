"""Which outcomes of a request reset the backoff, and which add to it."""

from enum import Enum

from snippets.federation_backoff.behaviour import behaviour
from snippets.federation_backoff.errors import CodeMessageException


class Decision(Enum):
    """What a request does to the destination's row."""

    RESET = "reset"
    BACK_OFF = "back off"
    KEEP = "keep"


# --8<-- [start:decide]
def decide(
    error: BaseException | None,
    *,
    release: str,
    ignore_backoff: bool = False,
    backoff_on_404: bool = False,
    backoff_on_all_error_codes: bool = False,
) -> Decision:
    """The decision for a request that ended with `error`, or with None for success."""
    if error is None:
        return Decision.RESET
    if _destination_answered(error, backoff_on_404, backoff_on_all_error_codes):
        return Decision.RESET if behaviour(release).errors_reset else Decision.KEEP
    return Decision.KEEP if ignore_backoff else Decision.BACK_OFF


def _destination_answered(error: BaseException, on_404: bool, on_all_codes: bool) -> bool:
    """Whether the error does not suggest that the destination is down."""
    if not isinstance(error, Exception):
        return True  # the request was cancelled on our side
    if not isinstance(error, CodeMessageException) or on_all_codes:
        return False
    if error.code == 404 and on_404:
        return False
    # 401: our signature is rejected. 429: we send too many requests. Both need a wait.
    return error.code < 500 and error.code not in (401, 429)


# --8<-- [end:decide]
