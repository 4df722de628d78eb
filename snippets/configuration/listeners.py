"""Which listeners Synapse refuses: `listeners`, and those of a worker."""

from collections.abc import Iterator

from snippets.configuration.placed import Found, Spot
from snippets.configuration.values import NO_START

TYPES = ("http", "metrics", "manhole")
RESOURCES = (
    "client", "consent", "federation", "health", "keys", "media", "metrics", "openid",
    "replication", "static",
)  # fmt: skip
# What shows or does more than a client may.
PRIVATE = {"manhole", "metrics", "replication"}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def problems_of_listeners(listeners: Spot) -> Iterator[Found]:
    """What Synapse refuses in a list of listeners."""
    if not isinstance(listeners.value, list) and not (
        listeners.option == "worker_listeners" and listeners.value == {}
    ):
        yield _refused(listeners, "is not a list", "write - type: http, and so on")
    for listener in listeners.parts():
        if isinstance(listener.value, dict):
            yield from _of_type(listener)
            yield from _of_place(listener)
            if listener.value.get("type") == "http":
                yield from _of_resources(listener)
            yield from _exposed(listener)
        else:
            yield _refused(listener, "is not a mapping", "write type, port and resources")


def has_replication(listener: Spot) -> bool:
    """Whether other processes can reach a process there."""
    resources = listener.below("resources")
    return isinstance(listener.value, dict) and any(
        isinstance(resource.value, dict) and "replication" in (resource.value.get("names") or [])
        for resource in (resources.parts() if resources != listener else [])
    )


def _exposed(listener: Spot) -> Iterator[Found]:
    """What other machines must not see, if it listens for them. Without a place it does."""
    addresses = listener.value.get("bind_addresses") or [listener.value.get("bind_address") or ""]
    if listener.value.get("path") or not isinstance(addresses, list):
        return
    shown = sorted({str(listener.value.get("type")), *_names_of(listener)} & PRIVATE)
    if shown and not all(str(address) in LOOPBACK for address in addresses):
        wrong = f"shows {' and '.join(shown)} to other machines"
        effect = "whoever reaches the port can use it"
        advice = "write bind_addresses: ['127.0.0.1'], or keep others away from the port"
        yield listener.below("port").found("exposed-listener", wrong, effect, advice)


def _names_of(listener: Spot) -> Iterator[str]:
    resources = listener.value.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        names = resource.get("names") if isinstance(resource, dict) else None
        yield from map(str, names if isinstance(names, list) else ())


def _refused(spot: Spot, wrong: str, advice: str) -> Found:
    return spot.found("bad-listener", wrong, NO_START, advice)


def _of_type(listener: Spot) -> Iterator[Found]:
    kind = listener.value.get("type")
    if "type" not in listener.value:
        yield _refused(listener, "has no type", "write type: http")
    elif kind == "replication":
        advice = "write type: http, with the resource replication, and use Redis"
        yield _refused(listener.below("type"), "is of a kind that is gone", advice)
    elif kind not in TYPES:
        yield _refused(listener.below("type"), "is not a type", f"write one of {', '.join(TYPES)}")


def _of_place(listener: Spot) -> Iterator[Found]:
    port, path = listener.value.get("port"), listener.value.get("path")
    if not isinstance(port, int | None):
        yield _refused(listener.below("port"), "is not a number", "write the number of the port")
    elif not isinstance(path, str | None):
        yield _refused(listener.below("path"), "is not a path", "write the path of a socket")
    elif port and path:
        yield _refused(listener.below("path"), "stands beside a port", "keep one of the two")
    elif port is None and not path:
        yield _refused(listener, "has neither port nor path", "write port: 8008")
    addresses = listener.value.get("bind_addresses", [])
    if not path and not isinstance(addresses, list):
        advice = "write a list, such as ['127.0.0.1']"
        yield _refused(listener.below("bind_addresses"), "is not a list", advice)


def _of_resources(listener: Spot) -> Iterator[Found]:
    resources = listener.below("resources")
    if resources == listener or resources.value == "":  # Synapse goes through its letters
        return
    if not isinstance(resources.value, list | dict) or (
        isinstance(resources.value, dict) and resources.value
    ):
        yield _refused(resources, "is not a list", "write - names: [client, federation]")
        return
    for resource in resources.parts():
        if not isinstance(resource.value, dict):
            yield _refused(resource, "is not a mapping", "write - names: [client, federation]")
            continue
        for part in resource.parts():
            if part.pair.key == "names":
                yield from _of_names(part)
            elif part.pair.key != "compress":
                yield _refused(part, "is not an option of a resource", "remove it")
            elif not isinstance(part.value, bool | None):
                yield _refused(part, "is neither true nor false", "write true or false")


def _of_names(names: Spot) -> Iterator[Found]:
    if not isinstance(names.value, list | dict):
        yield _refused(names, "is not a list", "write a list, such as [client, federation]")
    for name in names.parts():
        if (name.value if isinstance(names.value, list) else name.pair.key) not in RESOURCES:
            advice = f"write one of {', '.join(RESOURCES)}"
            yield _refused(name, "is not a resource", advice)
