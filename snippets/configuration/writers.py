"""What is wrong with `stream_writers`."""

from collections.abc import Iterator, Mapping
from typing import Any

from snippets.configuration.placed import Found, Spot
from snippets.configuration.values import NO_START, clipped

# By stream, since which release it may have a writer, and since which several.
STREAMS: dict[str, tuple[tuple[int, int], tuple[int, int] | None]] = {
    "events": ((1, 79), (1, 79)),
    "typing": ((1, 79), None),
    "to_device": ((1, 79), None),
    "account_data": ((1, 79), None),
    "receipts": ((1, 79), (1, 96)),
    "presence": ((1, 79), None),
    "push_rules": ((1, 105), None),
    "device_lists": ((1, 135), (1, 135)),
    "thread_subscriptions": ((1, 135), (1, 135)),
    "quarantined_media_changes": ((1, 152), (1, 152)),
}
# Before this release, the writers of the last three need not be in `instance_map`, and the last
# two need none.
CHECKED_SINCE = (1, 159)
NOT_CHECKED = ("device_lists", "thread_subscriptions", "quarantined_media_changes")


def problems_of_writers(
    options: Mapping[Any, Spot], release: tuple[int, int], *, worker: bool
) -> Iterator[Found]:
    """What Synapse refuses in `stream_writers`, in a worker or in the main process."""
    spot = options.get("stream_writers")
    if not spot or not spot.value:
        return
    if not isinstance(spot.value, dict):
        advice = "write each stream's name below it, with a list of workers"
        yield spot.found("bad-writers", "is not a mapping", NO_START, advice)
        return
    locations = options["instance_map"].value if "instance_map" in options else {}
    names = locations if isinstance(locations, dict) else {}
    for stream in spot.parts():
        known = {name for name, (since, _) in STREAMS.items() if release >= since}
        if stream.pair.key not in known:
            advice = f"write one of {', '.join(sorted(known))}"
            yield stream.found("bad-writers", "is not a stream", NO_START, advice)
        else:
            yield from _of_stream(stream, names, release, worker=worker)


def _of_stream(
    stream: Spot, names: Mapping[Any, Any], release: tuple[int, int], *, worker: bool
) -> Iterator[Found]:
    value, several = stream.value, STREAMS[stream.pair.key][1]
    if not isinstance(value, str | list | dict):
        yield stream.found("bad-writers", "is not a list", NO_START, "write a list of workers")
        return
    writers = [(value, stream)] if isinstance(value, str) else _names(stream)
    unchecked = release < CHECKED_SINCE and stream.pair.key in NOT_CHECKED
    if not writers and not (unchecked and stream.pair.key != "device_lists"):
        yield stream.found("bad-writers", "has no writer", NO_START, "remove the line")
    elif len(writers) > 1 and not (several and release >= several):
        yield stream.found("bad-writers", "has several writers", NO_START, "keep one")
    for name, spot in [] if unchecked else writers:
        yield from _of_writer(name, spot, names, worker=worker)


def _names(stream: Spot) -> list[tuple[Any, Spot]]:
    if isinstance(stream.value, dict):
        return [(part.pair.key, part) for part in stream.parts()]
    return [(part.value, part) for part in stream.parts()]


def _of_writer(name: Any, spot: Spot, names: Mapping[Any, Any], *, worker: bool) -> Iterator[Found]:
    if name == "main" and name in names:
        yield spot.found(
            "bad-writers" if worker else "main-as-writer",
            "is main, which is the main process in instance_map only",
            NO_START if worker else "the main process starts, but none of the workers",
            "write master",
        )
    elif name != "master" and (isinstance(name, list | dict) or name not in names):
        advice = f"write {clipped(str(name))}: with host and port below instance_map"
        yield spot.found("bad-writers", "is not in instance_map", NO_START, advice)
