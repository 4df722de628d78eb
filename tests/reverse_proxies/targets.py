"""Requests that try to reach what they must not: named ones, and random ones from a seed."""

import random
import re

NAMES = {443: "matrix.example.com", 8448: "example.com"}
ALLOWED = {
    443: re.compile(rb"/(_matrix|_synapse/client)(/|\?|$)"),
    8448: re.compile(rb"/_matrix(/|\?|$)"),
}

ADMIN = "/_synapse/admin/v1/server_version"
# One of the admin paths that anything may follow.
OPEN = "/_synapse/admin/v1/users/@alice:example.com/accountdata"

# Targets that a client may send, by what they attempt.
PROBES = {
    "client API": "/_matrix/client/versions",
    "federation API": "/_matrix/federation/v1/version",
    "server keys": "/_matrix/key/v2/server",
    "media": "/_matrix/media/v3/config",
    "single sign-on": "/_synapse/client/pick_idp",
    "root": "/",
    "admin API": ADMIN,
    "admin API, open end": OPEN,
    "admin API, v2": "/_synapse/admin/v2/users/@alice:example.com",
    "admin API, with a query": f"{ADMIN}?/_matrix/",
    "metrics": "/_synapse/metrics",
    "replication": "/_synapse/replication/",
    "authentication service": "/_synapse/mas/",
    "health": "/health",
    "well-known": "/.well-known/matrix/client",
    "static": "/_matrix/static/",
    "no slash behind _matrix": "/_matrix",
    "longer name than _matrix": "/_matrixfoo",
    "longer name than client": "/_synapse/clientfoo",
    "upper case": "/_MATRIX/client/versions",
    "admin in upper case": "/_SYNAPSE/ADMIN/v1/server_version",
    "dots to admin": f"/_matrix/..{ADMIN}",
    "encoded dots to admin": f"/_matrix/%2e%2e{ADMIN}",
    "half encoded dots to admin": f"/_matrix/.%2E{ADMIN}",
    "encoded slash to admin": f"/_matrix/..%2f{ADMIN[1:]}",
    "dots from client to admin": "/_synapse/client/../admin/v1/server_version",
    "single dots": f"/./_matrix/./..{ADMIN}",
    "metrics, encoded letter": "/_synapse/m%65trics",
    "metrics, encoded underscore": "/%5Fsynapse/metrics",
    "single sign-on, encoded letter": "/_synapse/%63lient/pick_idp",
    "admin API, encoded letter": "/_synapse/%61dmin/v1/server_version",
    "health, encoded letter": "/%68ealth",
    "doubled slash": f"/{ADMIN}",
    "doubled slash inside": "/_synapse//admin/v1/server_version",
    "encoded underscore": "/%5Fsynapse/admin/v1/server_version",
    "encoded slash inside": "/_synapse%2Fadmin/v1/server_version",
    "backslash": "/_matrix/..\\_synapse\\admin\\v1\\server_version",
    "encoded backslash": "/_matrix/..%5c_synapse%5cadmin",
    "semicolon": "/_matrix/..;/_synapse/admin/v1/server_version",
    "semicolon on admin": f"{ADMIN};/../../../../_matrix/x",
    "encoded NUL": f"/_matrix/%00/..{ADMIN}",
    "encoded newline": f"/_matrix/%0a/..{ADMIN}",
    "fragment": f"{ADMIN}#/_matrix/",
    "encoded fragment": f"{ADMIN}%23/_matrix/",
    "admin path ending like a client path, dots": f"{OPEN}{'/..' * 6}/_matrix/x",
    "admin path ending like a client path, encoded dots": f"{OPEN}{'/%2e%2e' * 6}/_matrix/x",
    "admin path ending like a client path, encoded slashes": f"{OPEN}{'/..%2f' * 6}_matrix/x",
    "admin path ending like single sign-on, dots": f"{OPEN}{'/..' * 6}/_synapse/client/x",
    "admin path ending like a client path, doubled slashes": f"{OPEN}{'//..' * 6}/_matrix/x",
    "doubly encoded dots": f"/_matrix/%252e%252e{ADMIN}",
    "overlong dots": f"/_matrix/%c0%ae%c0%ae{ADMIN}",
    "absolute form": f"https://matrix.example.com{ADMIN}",
    "absolute form, plain": f"http://matrix.example.com{ADMIN}",
    "absolute form, another host": f"https://evil.example{ADMIN}",
    "asterisk": "*",
    "no path": "?/_matrix/",
}

_PIECES = [
    "/", "/", "//", "_matrix", "_synapse", "client", "admin", "v1", "server_version", "users",
    "accountdata", "..", ".", "%2e%2e", "%2E.", ".%2e", "%2f", "%2F", "%5c", "\\", ";", "..;",
    "%00", "\x00", "%0d%0a", "%23", "#", "?", "%3f", "%25", "%252e", "%5F", "_MATRIX", "@a:b",
    "health", "metrics", "é", "%ff", "~", "*", "|",
]  # fmt: skip
_STARTS = [
    "/_matrix", "/_synapse/client", "/_synapse/admin", OPEN, "/", "//", "https://example.com/",
    "http://matrix.example.com/_matrix", "", "/_synapse", "\\", "/.",
]  # fmt: skip


def hostile(rng: random.Random) -> bytes:
    """A random target, with any bytes except for those that end it."""
    target = rng.choice(_STARTS)
    for _ in range(rng.randint(0, 12)):
        target += ("/" if rng.random() < 0.5 else "") + rng.choice(_PIECES)
    if rng.random() < 0.3:
        target += "/.." * rng.randint(1, 8) + rng.choice(["/_matrix/x", "/_synapse/client/x"])
    return target.encode("utf-8").replace(b" ", b"%20") or b"/"


_WORDS = ["client", "v3", "rooms", "!a:example.com", "x", "v1.1", "send_join", "~a", "a-b", "@a:b"]


def honest(rng: random.Random, port: int) -> bytes:
    """A random target that every configuration must forward unchanged."""
    start = rng.choice(["/_matrix/", "/_synapse/client/"] if port == 443 else ["/_matrix/"])
    words = [rng.choice(_WORDS) for _ in range(rng.randint(1, 6))]
    return (start + "/".join(words) + rng.choice(["", "", "/", "?a=%2F&b"])).encode()


def reached(port: int, targets: list[bytes]) -> list[bytes]:
    """The targets that arrived behind a port although they must not."""
    return [target for target in targets if not ALLOWED[port].match(target)]
