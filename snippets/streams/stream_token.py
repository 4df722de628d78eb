"""The token that a client gets for a stream with several writers: a vector clock in one word."""

from collections.abc import Mapping


# --8<-- [start:token]
def room_stream_token(
    linear: int, positions: Mapping[str, int], instance_ids: Mapping[str, int]
) -> str:
    """`s5` where all writers are at 5; `m5~2.7` where the one with the ID 2 is at 7 already.

    Only writers beyond the linear token are named, each by the number that the database
    table `instance_map` gives its name. As in Synapse 1.163.2. Raises KeyError for a writer
    ahead that has no number.
    """
    ahead = [f"~{instance_ids[name]}.{at}" for name, at in positions.items() if at > linear]
    return f"m{linear}{''.join(ahead)}" if ahead else f"s{linear}"


# --8<-- [end:token]
