"""Why Synapse refuses a registration file: a one-line reason that never contains a token."""

import ipaddress
import re
import warnings
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple
from urllib.parse import quote

from snippets.shared.release import parse_release

TEXTS = ("id", "as_token", "hs_token", "sender_localpart")
NAMESPACES = ("users", "aliases", "rooms")
# Switches that must be true or false, and the release that first requires this.
SWITCHES = {"org.matrix.msc3202": (1, 79), "io.element.msc4190": (1, 121)}
# Experimental: in Synapse's package since these releases.
SCOPES, SCOPES_SINCE = "io.element.msc4502.scopes", (1, 160)
KNOWN_SCOPES = ("urn:matrix:client:io.element.msc4502:rooms:is_joined",)
PREFIX, PROXY_URL = "io.element.msc4512.proxy_prefix", "io.element.msc4512.proxy_url"
PROXY_SINCE = (1, 161)
ALLOWED_PREFIX = "rtc/livekit"


class BadRegistration(ValueError):
    """A registration that Synapse refuses; the message names the field."""


class Refused(NamedTuple):
    """What a release refuses: where it stands in the registration, and what to write there."""

    path: tuple[str | int, ...]
    advice: str


def refusal(registration: Mapping[Any, Any], release: str) -> str | None:
    """The first reason why the release does not start with the registration, or None."""
    first = next(refusals(registration, release), None)
    return first and f"{first.path[0]}: {first.advice}"


def refusals(registration: Mapping[Any, Any], release: str) -> Iterator[Refused]:
    """Every reason why the release does not start with the registration."""
    now = parse_release(release)
    for field in TEXTS:
        if not isinstance(registration.get(field), str):
            yield Refused((field,), "write a string")
    if not isinstance(registration.get("url", 0), str | None):
        yield Refused(("url",), "write an address, or null to send nothing")
    sender = registration.get("sender_localpart")
    if isinstance(sender, str) and not _is_plain(sender):
        advice = "write letters, digits and any of . _ - ~ and /, such as irc_bot"
        yield Refused(("sender_localpart",), advice)
    yield from _of_namespaces(registration.get("namespaces"))
    protocols = registration.get("protocols")
    if protocols and not _are_texts(protocols):
        yield Refused(("protocols",), "write a list of strings")
    if not _are_networks(registration.get("ip_range_whitelist")):
        yield Refused(("ip_range_whitelist",), "write a list of networks, such as 10.0.0.0/8")
    for field, since in SWITCHES.items():
        if now >= since and not isinstance(registration.get(field, False), bool):
            yield Refused((field,), "write true or false")
    if "|" in str(registration.get("id")):
        yield Refused(("id",), "write it without |")
    if now >= SCOPES_SINCE:
        scopes = registration.get(SCOPES, [])
        if not isinstance(scopes, list) or any(scope not in KNOWN_SCOPES for scope in scopes):
            yield Refused((SCOPES,), f"write a list of {', '.join(KNOWN_SCOPES)}")
    if now >= PROXY_SINCE:
        yield from _of_proxy(registration)


def _is_plain(localpart: str) -> bool:
    try:
        return quote(localpart) == localpart
    except UnicodeEncodeError:  # a lone surrogate, such as "\ud800" in YAML
        return False


def _of_namespaces(namespaces: object) -> Iterator[Refused]:
    if not isinstance(namespaces, Mapping):
        yield Refused(("namespaces",), "write a mapping; an empty one is {}")
        return
    for name in NAMESPACES:
        entries = namespaces.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(e, Mapping) for e in entries):
            yield Refused(("namespaces", name), f"write a list of mappings for {name}")
            continue
        for number, entry in enumerate(entries):
            place = ("namespaces", name, number)
            if not _is_regex(entry.get("regex")):
                advice = f"write a regular expression for each regex in {name}"
                yield Refused((*place, "regex"), advice)
            if not isinstance(entry.get("exclusive"), bool):
                advice = f"write true or false for each exclusive in {name}"
                yield Refused((*place, "exclusive"), advice)


def _is_regex(text: object) -> bool:
    try:
        with warnings.catch_warnings(
            action="ignore"
        ):  # warnings about syntax that a later Python may refuse
            return isinstance(text, str) and re.compile(text) is not None
    except (re.error, OverflowError, RecursionError):
        return False


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _are_networks(value: Any) -> bool:
    """Whether it is empty, or networks that netaddr can read, as Synapse does."""
    if not value:
        return True
    if not isinstance(value, list | Mapping | str | set):
        return False
    try:
        for part in value:
            if isinstance(part, int):  # an address as a number
                ipaddress.ip_address(int(part))
            elif isinstance(part, str):
                ipaddress.ip_network(part, strict=False)
            else:
                return False
    except ValueError:
        return False
    return True


def _of_proxy(registration: Mapping[Any, Any]) -> Iterator[Refused]:
    prefix, url = registration.get(PREFIX), registration.get(PROXY_URL)
    if prefix is None and url is None:
        return
    if not isinstance(prefix, str) or not prefix:
        yield Refused((PREFIX,), f"write a string beside {PROXY_URL}")
    elif prefix != ALLOWED_PREFIX and not prefix.startswith(f"{ALLOWED_PREFIX}/"):
        yield Refused((PREFIX,), f"write {ALLOWED_PREFIX}, or a path below it")
    if not isinstance(url, str) or not url.rstrip("/"):
        yield Refused((PROXY_URL,), "write an address")


class Clash(NamedTuple):
    """A field of a file that another file has too, or claims a part of."""

    file: str
    other: str
    field: str
    advice: str


def clashes(files: Mapping[str, Mapping[Any, Any]], release: str) -> Iterator[Clash]:
    """What two files share: the release starts only if it is an hs_token."""
    for (one, first), (other, second) in combinations(files.items(), 2):
        for field in ("id", "as_token", "hs_token"):
            if isinstance(first.get(field), str) and first[field] == second.get(field):
                yield Clash(other, one, field, f"write a different one than in {one}")
        prefixes = [kept.get(PREFIX) for kept in (first, second)]
        if parse_release(release) >= PROXY_SINCE and _overlap(*prefixes):
            advice = f"write one that is not below that of {one}, nor above it"
            yield Clash(other, one, PREFIX, advice)


def twice(files: Mapping[str, Mapping[Any, Any]], release: str) -> str | None:
    """The first two files that share what must be unique, or None. Each file alone is valid."""
    for clash in clashes(files, release):
        if clash.field != "hs_token":
            return f"{clash.file}: {clash.field}: {clash.advice}"
    return None


def _overlap(one: Any, other: Any) -> bool:
    if not isinstance(one, str) or not isinstance(other, str) or not one or not other:
        return False
    first, second = f"{one.rstrip('/')}/", f"{other.rstrip('/')}/"
    return first.startswith(second) or second.startswith(first)
