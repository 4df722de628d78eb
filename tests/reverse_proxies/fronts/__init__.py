"""Right and wrong proxy configurations in front of Synapse; each wrong one has another mistake.

They follow examples that people publish, in our own words. A wrong one is a right one with one
change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from snippets.reverse_proxies.delegation import CLIENT, SERVER
from tests.real import apache, caddy, haproxy, nginx
from tests.real.proxy import Kind, Rewrite
from tests.reverse_proxies.configurations import GOOD, text

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Front:
    """A configuration, and exactly the findings that the probe must call bad."""

    kind: Kind
    text: str
    changes: Sequence[Rewrite] = ()
    faults: frozenset[str] = frozenset()
    obeyed: bool = False  # up to 1.156 an admin path with dots gets through
    federation_port: int | None = None
    down: bool = False  # nothing listens behind it

    def wrong(
        self,
        *faults: str,
        changes: Sequence[Rewrite],
        obeyed: bool | None = None,
        down: bool = False,
    ) -> "Front":
        """The same with a change, and the faults that follow from it."""
        obeyed = self.obeyed if obeyed is None else obeyed
        return replace(self, changes=changes, faults=frozenset(faults), obeyed=obeyed, down=down)


def _front(kind: Kind, file: str, *, obeyed: bool, federation_port: int | None = 8448) -> Front:
    whole = (HERE / file).read_text("utf-8")
    return Front(kind, whole, obeyed=obeyed, federation_port=federation_port)


ONE_PORT = _front(nginx, "nginx-one-port.conf", obeyed=True, federation_port=None)
BOTH_PORTS = _front(nginx, "nginx-both-ports.conf", obeyed=True)
PLAIN_CADDY = _front(caddy, "plain.Caddyfile", obeyed=True)
HANDLES = _front(caddy, "handles.Caddyfile", obeyed=True, federation_port=None)
PLAIN_APACHE = _front(apache, "plain-apache.conf", obeyed=False)
BY_HOST = _front(haproxy, "by-host-haproxy.cfg", obeyed=False)

RIGHT: Mapping[str, Front] = {
    **{
        f"{name}, as printed": Front(kind, text(file), federation_port=8448)
        for name, (kind, file) in GOOD.items()
    },
    "nginx, one port and delegation": ONE_PORT,
    "nginx, both ports in one block": BOTH_PORTS,
    "nginx, $request_uri and named upstreams": _front(nginx, "nginx-request-uri.conf", obeyed=True),
    "Caddy, two lines": PLAIN_CADDY,
    "Caddy, handles and a web client for the rest": HANDLES,
    "Apache, two hosts": PLAIN_APACHE,
    "HAProxy, by host, federation to its own listener": BY_HOST,
}

PASSES: Rewrite = (r"(location /_matrix \{\n +proxy_pass [^;]+)", r"\1/_matrix")
NO_LIMIT: Rewrite = (r"^ +client_max_body_size 50M;\n", "")
SLASHES: Rewrite = (r"^ +AllowEncodedSlashes NoDecode\n", "")
CANONICAL: Rewrite = (r" nocanon$", "")
ANSWERS = {"client API", "federation API", "server keys"}
BODIES = {"upload of 2 MB", "transaction of 2 MB"}
PATHS = {"%2F in an alias", "%2F in a path", "%24 in a path"}
PAGE = "default_type text/html; return 200 '<!doctype html><title>A web client</title>';"


def _in_clients(line: str) -> Rewrite:
    """A change that adds a line to the server block for clients."""
    return r"(server_name matrix\.example\.com;)", rf"\1\n    {line}"


WRONG: Mapping[str, Front] = {
    "nginx, a path behind proxy_pass": ONE_PORT.wrong(*PATHS, changes=[PASSES], obeyed=False),
    "nginx, no client_max_body_size": ONE_PORT.wrong(*BODIES, changes=[NO_LIMIT]),
    "nginx, no client_max_body_size, both ports": BOTH_PORTS.wrong(*BODIES, changes=[NO_LIMIT]),
    "nginx, forwards everything": ONE_PORT.wrong(
        "admin API",
        changes=[
            (r"location / \{\n +return 404;", "location /x {\nreturn 404;"),
            (r"location /_matrix \{", "location / {"),
        ],
    ),
    "nginx, forwards /_synapse": ONE_PORT.wrong(
        "admin API", changes=[("location /_synapse/client", "location /_synapse")]
    ),
    "nginx, metrics": ONE_PORT.wrong(
        "metrics",
        changes=[_in_clients("location = /_synapse/metrics { proxy_pass http://METRICS; }")],
    ),
    "nginx, replication": ONE_PORT.wrong(
        "replication",
        changes=[_in_clients("location /_synapse/replication { proxy_pass http://REPLICATION; }")],
    ),
    "nginx, no /_synapse/client": ONE_PORT.wrong(
        "single sign-on pages", changes=[("location /_synapse/client", "location /x")]
    ),
    "nginx, no Host": ONE_PORT.wrong(
        "single sign-on", changes=[(r"^ +proxy_set_header Host .*\n", "")]
    ),
    "nginx, Host with a port": ONE_PORT.wrong(
        "single sign-on", changes=[(r"Host \$host", "Host $host:443")]
    ),
    "nginx, nothing of X-Forwarded": ONE_PORT.wrong(
        "single sign-on", changes=[(r"^ +proxy_set_header X-.*\n", "")]
    ),
    "nginx, CORS missing for discovery": ONE_PORT.wrong(
        CLIENT, changes=[(r"^ +add_header Access-Control.*\n", "")]
    ),
    "nginx, CORS twice for discovery": ONE_PORT.wrong(
        CLIENT, changes=[(r"^( +add_header Access-Control.*\n)", r"\1\1")]
    ),
    "nginx, CORS twice for the API": ONE_PORT.wrong(
        "CORS",
        "CORS preflight",
        changes=[_in_clients("add_header Access-Control-Allow-Origin * always;")],
    ),
    "nginx, CORS hidden": ONE_PORT.wrong(
        "CORS",
        "CORS preflight",
        changes=[_in_clients("proxy_hide_header Access-Control-Allow-Origin;")],
    ),
    "nginx, OPTIONS refused": ONE_PORT.wrong(
        "CORS preflight", changes=[_in_clients("if ($request_method = OPTIONS) { return 405; }")]
    ),
    "nginx, OPTIONS answered without Authorization": ONE_PORT.wrong(
        "CORS preflight",
        changes=[
            (
                r"(location /_matrix \{)",
                r"\1 if ($request_method = OPTIONS) "
                "{ add_header Access-Control-Allow-Origin *; return 204; }",
            )
        ],
    ),
    "nginx, no discovery for clients": ONE_PORT.wrong(
        CLIENT, changes=[(r"add_header Access(.|\n)*?return 200 .*;", "return 404;")]
    ),
    "nginx, discovery without https://": ONE_PORT.wrong(
        CLIENT, changes=[(r"https://(matrix\.example\.com\"\}\})", r"\1")]
    ),
    "nginx, discovery leads to the website": ONE_PORT.wrong(
        "base_url", changes=[(r"https://matrix\.(example\.com\"\}\})", r"https://\1")]
    ),
    "nginx, m.server with https://": ONE_PORT.wrong(
        SERVER, changes=[(r"\"m\.server\": \"", r'"m.server": "https://')]
    ),
    "nginx, m.server leads to the website": ONE_PORT.wrong(
        "federation API",
        "server keys",
        changes=[(r"\"m\.server\": \"matrix\.", r'"m.server": "')],
    ),
    "nginx, m.server leads nowhere": ONE_PORT.wrong(
        "TLS", changes=[(r"(\"m\.server\": \".*):443", r"\1:8448")]
    ),
    "nginx, m.server without a certificate": ONE_PORT.wrong(
        "TLS", changes=[(r"\"m\.server\": \"matrix", r'"m.server": "chat')]
    ),
    "nginx, a web client for everything": ONE_PORT.wrong(
        *ANSWERS, changes=[(r"proxy_pass http://[^;]+;", PAGE)], obeyed=False
    ),
    "nginx, a web client for single sign-on": ONE_PORT.wrong(
        "single sign-on pages",
        changes=[(r"(location /_synapse/client \{\n +)proxy_pass [^;]+;", rf"\1{PAGE}")],
        obeyed=True,
    ),
    "nginx, nothing behind it": ONE_PORT.wrong(*ANSWERS, changes=[], down=True, obeyed=False),
    "nginx, a website at 8448": replace(
        _front(nginx, "nginx-website-at-8448.conf", obeyed=False),
        faults=frozenset({"federation API", "server keys"}),
    ),
    "Caddy, handle_path": HANDLES.wrong(
        *ANSWERS, changes=[("handle /_matrix", "handle_path /_matrix")], obeyed=False
    ),
    "Caddy, no star": PLAIN_CADDY.wrong(
        *ANSWERS, changes=[(r"/_matrix/\*", "/_matrix")], obeyed=False
    ),
    "Caddy, forwards everything": PLAIN_CADDY.wrong(
        "admin API", changes=[(r"reverse_proxy /_matrix/\*", "reverse_proxy")]
    ),
    "Apache, no nocanon": PLAIN_APACHE.wrong("%24 in a path", changes=[CANONICAL]),
    "Apache, no AllowEncodedSlashes": PLAIN_APACHE.wrong(
        "%2F in an alias", "%2F in a path", changes=[SLASHES]
    ),
    "Apache, slashes decoded": PLAIN_APACHE.wrong(
        *PATHS, changes=[CANONICAL, ("AllowEncodedSlashes NoDecode", "AllowEncodedSlashes On")]
    ),
    "Apache, no ProxyPreserveHost": PLAIN_APACHE.wrong(
        "single sign-on", changes=[(r"^ +ProxyPreserveHost on\n", "")]
    ),
    "HAProxy, a default backend": BY_HOST.wrong(
        "admin API",
        changes=[("default_backend federation", "default_backend synapse")],
        obeyed=True,
    ),
    "HAProxy, by host alone": BY_HOST.wrong(
        "admin API", changes=[("if matrix-host matrix-path", "if matrix-host")], obeyed=True
    ),
    "HAProxy, no mode http": BY_HOST.wrong(
        "client API",  # a default backend still forwards everything
        changes=[(r"^ +mode http\n", ""), (r"^ +use_backend synapse .*\n", "")],
    ),
}

# The page shows the probe's output for this one.
SHOWN = PLAIN_APACHE.wrong(
    "%24 in a path", "single sign-on", changes=[CANONICAL, (r"^ +ProxyPreserveHost on\n", "")]
)
