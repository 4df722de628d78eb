"""The token that a client gets for a stream with several writers: a vector clock as one word."""

from collections.abc import Mapping


# --8<-- [start:token]
def room_stream_token(
    linear: int, positions: Mapping[str, int], instance_ids: Mapping[str, int]
) -> str:
    """`s5` if all writers are at 5; `m5~2.7` if the writer with the number 2 is already at 7.

    Only writers beyond the linear token are listed, each by its number in the database table
    `instance_map`. As in Synapse 1.163.2. Raises KeyError for such a writer without a number.
    """
    ahead = [f"~{instance_ids[name]}.{at}" for name, at in positions.items() if at > linear]
    return f"m{linear}{''.join(ahead)}" if ahead else f"s{linear}"


# --8<-- [end:token]
