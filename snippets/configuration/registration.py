"""What is wrong with one registration file of an application service."""

import difflib
import re
from collections.abc import Iterator

from snippets.configuration import namespaces
from snippets.configuration.placed import Found, Spot, spots
from snippets.configuration.refusals import (
    PREFIX,
    PROXY_SINCE,
    PROXY_URL,
    SCOPES,
    SCOPES_SINCE,
    SWITCHES,
    TEXTS,
    refusals,
)
from snippets.configuration.values import NO_START, Finding
from snippets.shared.document import Document
from snippets.shared.release import parse_release

TOKENS = ("as_token", "hs_token")
# Three spellings of one switch. Releases before 1.156 know the second only, and none the third.
_EPHEMERAL = ("receive_ephemeral", "de.sorunome.msc2409.push_ephemeral", "push_ephemeral")
_EPHEMERAL_SINCE = (1, 156)
_SWITCHES = ("rate_limited", *_EPHEMERAL[:2])
_FIELDS = {*TEXTS, *_SWITCHES, "url", "namespaces", "protocols", "ip_range_whitelist"}
_PLACEHOLDER = re.compile(
    r"[<{$%].*|.*\s.*|.*change.?me.*|.*placeholder.*|.*_token|(?:your|insert|replace).*"
    r"|generate|secret|token|random|test|x+",
    re.IGNORECASE | re.DOTALL,
)


class Registration:
    """One registration file, checked for a release."""

    def __init__(
        self, name: str, document: Document, release: str, server_name: str | None
    ) -> None:
        self.name, self.values = name, document.values
        self.fields = spots(name, document)
        self._release, self._server_name = release, server_name
        self._refused = {refused.path: refused for refused in refusals(self.values, release)}

    def problems(self) -> Iterator[Found]:
        yield from self._refusals()
        yield from self._tokens()
        yield from self._url()
        yield from self._switches()
        yield from self._unknown()
        for kind, sigil in namespaces.SIGILS.items():
            entries = list(self.expressions(kind))
            for expression, spot, exclusive in entries:
                yield from self._expression(kind, sigil, expression, spot, exclusive=exclusive)
            yield from _open_ends([entry for entry in entries if entry[2]], kind)

    def expressions(self, kind: str) -> Iterator[tuple[str, Spot, bool]]:
        """The expressions of a namespace that Synapse accepts: text, place, exclusive or not."""
        if ("namespaces", kind) in self._refused or "namespaces" not in self.fields:
            return
        entries = [part for part in self.fields["namespaces"].parts() if part.pair.key == kind]
        for entry in entries[0].parts() if entries else []:
            place = ("namespaces", kind, entry.pair.key)
            if not {(*place, "regex"), (*place, "exclusive")} & self._refused.keys():
                yield entry.value["regex"], entry.below("regex"), entry.value["exclusive"]

    def _refusals(self) -> Iterator[Found]:
        for path, refused in self._refused.items():
            name = ".".join(map(str, path))
            if path[0] not in self.fields:
                finding = Finding("refused-registration", "is missing", NO_START, refused.advice)
                yield Found(self.name, name, 1, 1, finding, by_name=True)
                continue
            spot = self.fields[path[0]].below(*path[1:])
            wrong = "is wrong" if spot.option == name else f"has no {path[-1]}"
            yield spot.found("refused-registration", wrong, NO_START, refused.advice, by_name=True)

    def _tokens(self) -> Iterator[Found]:
        for name in TOKENS:
            text = self.values.get(name)
            if isinstance(text, str) and (not text or _PLACEHOLDER.fullmatch(text)):
                yield self.fields[name].found(
                    "placeholder-token",
                    "is a text to be replaced" if text else "is empty",
                    "Synapse takes this text as the token, and everybody may know it",
                    "write a long random text, in the settings of the service too",
                    by_name=True,
                )

    def _url(self) -> Iterator[Found]:
        url, spot = self.values.get("url"), self.fields.get("url")
        if (
            spot
            and url is None
            and any(e for kind in namespaces.SIGILS for *_, e in self.expressions(kind))
        ):
            yield spot.found(
                "no-address",
                "is null",
                "Synapse sends nothing to the service",
                "write the address of the service, unless it only sends",
            )
        if not spot or not isinstance(url, str):
            return
        if not re.match(r"https?://[^/]", url):
            yield spot.found(
                "bad-address",
                f"{spot.shown} does not begin with http:// or https://, and a host",
                "Synapse starts, and each request to the service fails",
                "write it as http://127.0.0.1:9000",
            )
        elif "/_matrix" in url:
            yield spot.found(
                "bad-address",
                f"{spot.shown} has a path of the API",
                "Synapse adds /_matrix/app/v1 to it once more",
                "leave out /_matrix and what follows",
            )

    def on_loopback(self) -> Iterator[Found]:
        """An address that means the container, if Synapse runs in one."""
        url = str(self.values.get("url"))
        if re.match(r"https?://(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/]|$)", url):
            yield self.fields["url"].found(
                "loopback-address",
                f"{self.fields['url'].shown} is on the machine of Synapse itself",
                "in a container, that is the container of Synapse",
                "if the service has a container of its own, write the name of that",
            )

    def _switches(self) -> Iterator[Found]:
        for name in _SWITCHES:
            if name in self.fields and not isinstance(value := self.values[name], bool):
                # Of this one only true and false count, of the others every value.
                read = name == "rate_limited" or bool(value)
                yield self.fields[name].found(
                    "not-true-or-false",
                    f"{self.fields[name].shown} is neither true nor false",
                    f"Synapse reads it as {str(read).lower()}",
                    "write true or false, without quotes",
                )

    def _unknown(self) -> Iterator[Found]:
        now = parse_release(self._release)
        known = _FIELDS | {name for name, since in SWITCHES.items() if now >= since}
        known |= {SCOPES} if now >= SCOPES_SINCE else set()
        known |= {PREFIX, PROXY_URL} if now >= PROXY_SINCE else set()
        known -= {_EPHEMERAL[0]} if now < _EPHEMERAL_SINCE else set()
        if known & self.values.keys() & set(_EPHEMERAL):
            known |= set(_EPHEMERAL)
        for name, spot in self.fields.items():
            if name not in known:
                near = difflib.get_close_matches(str(name), sorted(known - self.fields.keys()), 1)
                yield spot.found(
                    "unknown-option",
                    f"is not a field of a registration for Synapse {self._release}",
                    "Synapse ignores it",
                    f"write `{near[0]}`" if near else "remove it, unless the service reads it",
                    by_name=True,
                )

    def _expression(
        self, kind: str, sigil: str, expression: str, spot: Spot, *, exclusive: bool
    ) -> Iterator[Found]:
        server = self._server_name or namespaces.server_of(expression) or "example.com"
        if namespaces.misses(expression, sigil):
            yield spot.found(
                "matches-nothing",
                f"{spot.shown} does not begin with {sigil}",
                f"it matches none of the {kind}",
                f"write {sigil} before it",
            )
        elif not exclusive or kind == "rooms":
            return
        elif namespaces.matches_everybody(expression, sigil, server):
            yield spot.found(
                "exclusive-for-all",
                f"{spot.shown} is exclusive and matches all {kind} of the server",
                "Synapse gives them to this service alone: nobody else can register one",
                "write exclusive: false, or an expression for the service's own",
            )
        elif not namespaces.names_server(expression):
            yield spot.found(
                "no-server-name",
                f"{spot.shown} has no server name",
                f"it also matches {kind} of other servers, whose events go to the service",
                "end it with : and the server name",
            )
        elif self._is_foreign(expression):
            yield spot.found(
                "matches-nothing",
                f"{spot.shown} is for another server than {self._server_name}",
                f"it matches none of the {kind} of this server",
                f"write {self._server_name} after the colon",
            )

    def _is_foreign(self, expression: str) -> bool:
        name = namespaces.server_of(expression)
        return bool(name and self._server_name) and not namespaces.matches(
            expression.partition(":")[2], str(self._server_name)
        )


def _open_ends(entries: list[tuple[str, Spot, bool]], kind: str) -> Iterator[Found]:
    open_ends = [
        spot
        for expression, spot, _ in entries
        if kind != "rooms"
        and namespaces.names_server(expression)
        and namespaces.open_end(expression)
    ]
    if open_ends:
        more = f", and {len(open_ends) - 1} more," if open_ends[1:] else ""
        yield open_ends[0].found(
            "open-end",
            f"{open_ends[0].shown}{more} has no $ at its end",
            f"it also matches {kind} whose name goes on behind it",
            "end it with $",
        )
