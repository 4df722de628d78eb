"""The printed delegations: what other servers and browsers get, and how Synapse reads it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.real import caddy, proxy, synapse
from tests.real.fixtures import need, synapse_python
from tests.real.proxy import NEXT_FILE, Rewrite
from tests.real.releases import COMPARED, NEWEST
from tests.reverse_proxies import merges
from tests.reverse_proxies.clients import request
from tests.reverse_proxies.configurations import DELEGATIONS, MERGED, Setup, set_up, text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

SERVER = {"m.server": "matrix.example.com:443"}
CLIENT = {"m.homeserver": {"base_url": "https://matrix.example.com"}}


def fetch(running: proxy.Proxy, path: str) -> tuple[list[str], dict[str, list[str]], bytes]:
    """The first line split into words, the headers by lower-case name, and the body."""
    received = b""
    with proxy.connect(running.ports[443], "example.com") as connection:
        connection.sendall(request(path.encode(), "example.com"))
        while part := connection.recv(65536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return first.split(" "), headers, body


# Those with a complete file; HAProxy's is a part of haproxy.cfg.
ALONE = {
    name: Setup(kind, name, text(file), website=False)
    for name, (kind, file) in DELEGATIONS.items()
    if name != "HAProxy"
}


@pytest.mark.proves(
    "server-file-has-a-port",
    "client-file-has-a-base-url",
    "delegation-beside-a-website",
    "delegation-is-merged-and-started",
)
@pytest.mark.parametrize("name", [*ALONE, *MERGED])
def test_both_files_are_json_and_browsers_may_read_the_clients(name: str) -> None:
    """Also merged with the configuration for Synapse and with that of a website."""
    setup = {**ALONE, **MERGED}[name]
    need(setup.kind.executable)
    with set_up(setup) as (running, _):
        for path, expected in (("server", SERVER), ("client", CLIENT)):
            words, headers, body = fetch(running, f"/.well-known/matrix/{path}")
            assert words[1] == "200", running.log
            assert json.loads(body) == expected
            assert headers["content-type"] == ["application/json"]
        assert headers["access-control-allow-origin"] == ["*"]
        assert fetch(running, "/.well-known/matrix/support")[0][1] in ("403", "404")


def _served(setup: Setup) -> bool:
    """Whether a client gets the file that names the homeserver."""
    with set_up(setup) as (running, _):
        words, _, body = fetch(running, "/.well-known/matrix/client")
    return words[1] == "200" and body.startswith(b"{")


@pytest.mark.proves("caddy-rewrites-first")
def test_a_website_that_rewrites_every_path_hides_caddys_delegation_unless_it_has_a_handle() -> (
    None
):
    need(caddy.executable)
    rewriting = f"\troot * {merges.WEBSITE}\n\ttry_files {{path}} /GPL-3\n\tfile_server\n"
    plain = merges.caddy(f"example.com {{\n{rewriting}}}\n")
    handled = merges.caddy(f"example.com {{\n\thandle {{\n{rewriting}\t}}\n}}\n")
    assert not _served(Setup(caddy, "Caddy", plain, website=True))
    assert _served(Setup(caddy, "Caddy", handled, website=True))


@pytest.mark.proves("apache-proxies-all")
def test_a_website_that_is_proxied_hides_apaches_delegation_unless_it_is_excepted() -> None:
    need(MERGED["Apache in Debian, delegation in a website"].kind.executable)
    for exception, served in (("", False), ("    ProxyPass /.well-known/matrix/ !\n", True)):
        website = merges.APACHE_WEBSITE.replace(
            "    SSLEngine on\n",
            f"{exception}    ProxyPass / http://127.0.0.1:9/\n    SSLEngine on\n",
        )
        parts = [text("apache.conf"), merges.apache_website(website)]
        kind = MERGED["Apache in Debian, delegation in a website"].kind
        setup = Setup(kind, "Apache", NEXT_FILE.join(parts), website=True)
        assert _served(setup) is served


@pytest.mark.proves("nginx-adds-a-second-type")
def test_add_header_gives_nginx_a_second_content_type() -> None:
    kind, file = DELEGATIONS["nginx"]
    need(kind.executable)
    added: Rewrite = (r"default_type application/json", "add_header Content-Type application/json")
    with proxy.proxy(kind, text(file), None, extra=[added]) as running:
        _, headers, _ = fetch(running, "/.well-known/matrix/server")
    assert len(headers["content-type"]) == 2


READ_FROM_ANOTHER_ORIGIN = "url => fetch(url).then(answer => answer.text(), () => null)"


@pytest.mark.proves("browser-needs-the-header")
def test_a_client_in_a_browser_cannot_read_its_file_without_the_header(
    browser: "Browser",
) -> None:
    kind, file = DELEGATIONS["nginx"]
    need(kind.executable)
    without: Rewrite = (r"add_header Access-Control-Allow-Origin \*;", "")
    for removed, readable in (([], True), ([without], False)):
        with proxy.proxy(kind, text(file), None, extra=removed) as running:
            context = browser.new_context(ignore_https_errors=True)
            try:
                page = context.new_page()
                address = f"https://127.0.0.1:{running.ports[443]}/.well-known/matrix/client"
                assert (page.evaluate(READ_FROM_ANOTHER_ORIGIN, address) is not None) is readable
            finally:
                context.close()


DRIVER = Path(__file__).with_name("synapse_server_name_driver.py")


@pytest.mark.proves("without-a-port-8448", "delegated-port-is-asked", "undelegated-port-is-8448")
@pytest.mark.slow
@pytest.mark.parametrize("release", COMPARED)
def test_without_a_port_synapse_asks_for_srv_records_and_then_takes_8448(release: str) -> None:
    """Synapse's own code asks a DNS server about a name without a port."""
    python = synapse_python(release)
    asked: list[dict[str, Any]] = [
        {"name": "matrix.example.com:443", "srv": {}},
        {"name": "matrix.example.com", "srv": {}},
        {"name": "matrix.example.com", "srv": {"_matrix._tcp": 444}},
        {"name": "matrix.example.com", "srv": {"_matrix-fed._tcp": 445, "_matrix._tcp": 444}},
    ]
    with_port, without, old, both = synapse.ask(python, DRIVER, asked)
    new = ["_matrix-fed._tcp"] if release == NEWEST else []
    assert with_port == {"servers": ["matrix.example.com:443"], "asked": []}
    assert without == {"servers": ["matrix.example.com:8448"], "asked": [*new, "_matrix._tcp"]}
    assert old == {"servers": ["target.example.com:444"], "asked": [*new, "_matrix._tcp"]}
    if new:
        assert both == {"servers": ["target.example.com:445"], "asked": new}
    else:  # this release does not know the newer name
        assert both == {"servers": ["target.example.com:444"], "asked": ["_matrix._tcp"]}
