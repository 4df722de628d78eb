"""The probe's verdict on various answers, and how long it waits."""

import datetime
import itertools
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from snippets.reverse_proxies.answer import Answer
from snippets.reverse_proxies.client_api import LOGIN
from snippets.reverse_proxies.deadline import Deadline
from snippets.reverse_proxies.delegation import CLIENT, LONGEST_URL, SERVER
from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.https import (
    MOST_BYTES,
    BadTls,
    Https,
    Late,
    NoAnswer,
    Trust,
    Unreachable,
)
from snippets.reverse_proxies.place import Place, place
from snippets.reverse_proxies.private_paths import ADMIN, REPLICATION, dotted
from snippets.reverse_proxies.probe import Plan, probe
from tests.real.proxy import free_ports
from tests.reverse_proxies.hostile import (
    TLS,
    Serve,
    Visitor,
    answering,
    hostile,
    looks_right,
    page,
)

JSON = "Content-Type: application/json"
EVERYONE = "Access-Control-Allow-Origin: *"
pytestmark = pytest.mark.slow

ALIAS = "/_matrix/client/v3/directory/room/%23a%2Fb%3Aexample.com"
VERSIONS = page(b'{"versions": []}', JSON, EVERYONE)
DELEGATED = page(b'{"m.server": "matrix.example.com:443"}', JSON)
DISCOVERED = page(b'{"m.homeserver": {"base_url": "https://matrix.example.com/"}}', JSON, EVERYONE)
ELSEWHERE = b'{"m.server": "matrix.example.com:9"}'
NOT_FOUND = page(b"", status="404 Not Found")


def routed(answers: Mapping[str, bytes | None]) -> Serve:
    """Answers by target; None means no answer. All other targets get 404."""

    def serve(visitor: Visitor) -> None:
        answer = answers.get(visitor.hear(), NOT_FOUND)
        if answer is None:
            visitor.connection.recv(1)  # waits until the other side gives up
        else:
            visitor.say(answer)

    return serve


def connecting(port: int, authority: Path, timeout: float = 10.0) -> Any:
    """Connects every name to this server."""
    trust = Trust(str(authority))

    def connect(host: str, at: int) -> Https:
        return Https(host, at, trust, timeout=timeout, address=("127.0.0.1", port))

    return connect


def findings_for(
    answers: Mapping[str, bytes | None],
    folder: Path,
    server_name: str | None = "example.com",
    timeout: float = 10.0,
) -> Mapping[str, Finding]:
    with hostile(routed(answers), folder) as server:
        connect = connecting(server.port, server.authority, timeout)
        client = connect("matrix.example.com", 443)
        asked = Plan(client, connect, server_name)
        return {finding.what: finding for finding in probe(asked, lambda _: None)}


def test_a_delegation_file_may_be_behind_redirects(tmp_path: Path) -> None:
    moved = page(b"", "Location: /elsewhere", status="308 Permanent Redirect")
    answers = {SERVER: moved, "/elsewhere": DELEGATED, CLIENT: DISCOVERED}
    finding = findings_for(answers, tmp_path)[SERVER]
    assert finding.verdict is Verdict.GOOD
    assert finding.observed == 'after 1 redirect(s), at example.com:443: "matrix.example.com:443"'


@pytest.mark.proves("redirect-costs-one-request-more")
def test_a_redirect_and_a_base_url_with_another_address_cost_one_request_each(
    tmp_path: Path,
) -> None:
    def asked(answers: Mapping[str, bytes | None]) -> list[str]:
        lines: list[str] = []
        with hostile(routed(answers), tmp_path) as server:
            connect = connecting(server.port, server.authority)
            plan = Plan(connect("matrix.example.com", 443), connect, "example.com")
            list(probe(plan, lines.append))
        return lines

    moved = page(b"", "Location: /elsewhere", status="308 Permanent Redirect")
    other = page(b'{"m.homeserver": {"base_url": "https://other.example"}}', JSON, EVERYONE)
    usual = asked({SERVER: DELEGATED, CLIENT: DISCOVERED})
    redirected = asked({SERVER: moved, "/elsewhere": DELEGATED, CLIENT: DISCOVERED})
    elsewhere = asked({SERVER: DELEGATED, CLIENT: other})
    assert len(redirected) == len(elsewhere) == len(usual) + 1
    assert set(redirected) - set(usual) == {"example.com:443: GET /elsewhere"}


@pytest.mark.parametrize(
    ("to", "observed"),
    [
        ("http://example.com/x", 'redirects to "http://example.com/x", 301, empty'),
        (SERVER, "redirects more than 5 times, 301, empty"),
    ],
)
def test_a_redirect_without_https_or_without_end_is_reported(
    to: str, observed: str, tmp_path: Path
) -> None:
    moved = page(b"", f"Location: {to}", status="301 Moved Permanently")
    finding = findings_for({SERVER: moved}, tmp_path)[SERVER]
    assert finding.verdict is Verdict.WARNING
    assert finding.observed == f"{observed}: other servers connect to example.com:8448"


@pytest.mark.proves("probe-server-file")
@pytest.mark.parametrize(
    ("answer", "verdict", "asked"),
    [
        (page(ELSEWHERE, JSON), Verdict.GOOD, "matrix.example.com:9"),
        (page(ELSEWHERE), Verdict.WARNING, "matrix.example.com:9"),
        (page(ELSEWHERE, "Content-Type: text/plain"), Verdict.WARNING, "matrix.example.com:9"),
        (page(ELSEWHERE, JSON, JSON), Verdict.WARNING, "matrix.example.com:9"),
        (NOT_FOUND, Verdict.GOOD, "example.com:8448"),
        (page(b'{"m.server": 5}', JSON), Verdict.BAD, "example.com:8448"),
        (page(b"", status="500 Broken"), Verdict.WARNING, "example.com:8448"),
    ],
)
def test_the_file_for_servers_names_an_address_as_json_or_is_missing_and_is_followed(
    answer: bytes, verdict: Verdict, asked: str, tmp_path: Path
) -> None:
    found = findings_for({SERVER: answer}, tmp_path)
    assert found[SERVER].verdict is verdict
    assert found["federation API"].where == asked


def test_a_wrong_content_type_is_a_warning(tmp_path: Path) -> None:
    plain = page(b'{"m.server": "matrix.example.com"}', "Content-Type: text/plain", JSON)
    finding = findings_for({SERVER: plain}, tmp_path)[SERVER]
    assert finding.verdict is Verdict.WARNING
    assert finding.observed.endswith("Content-Type: text/plain, application/json")


@pytest.mark.parametrize(
    ("server", "client", "verdict"),
    [
        (NOT_FOUND, NOT_FOUND, Verdict.WARNING),  # it may be intended
        (DELEGATED, NOT_FOUND, Verdict.BAD),  # other servers find it, clients do not
        (NOT_FOUND, page(b"{}", JSON), Verdict.BAD),
        (NOT_FOUND, page(b"<html>"), Verdict.WARNING),
        (DELEGATED, page(b"<html>"), Verdict.BAD),
        (DELEGATED, page(b'{"m.homeserver": {"base_url": 5}}', JSON), Verdict.BAD),
        (DELEGATED, DISCOVERED, Verdict.GOOD),
    ],
)
def test_a_missing_client_file_is_judged_by_the_other_file(
    server: bytes, client: bytes, verdict: Verdict, tmp_path: Path
) -> None:
    finding = findings_for({SERVER: server, CLIENT: client}, tmp_path)[CLIENT]
    assert finding.verdict is verdict


def test_where_base_url_leads_is_asked_unless_it_is_the_server_that_is_asked_anyway(
    tmp_path: Path,
) -> None:
    elsewhere = page(b'{"m.homeserver": {"base_url": "https://elsewhere.example"}}', JSON, EVERYONE)
    leads = findings_for({SERVER: DELEGATED, CLIENT: elsewhere}, tmp_path)["base_url"]
    assert (leads.where, leads.verdict) == ("elsewhere.example:443", Verdict.BAD)
    assert "base_url" not in findings_for({SERVER: DELEGATED, CLIENT: DISCOVERED}, tmp_path)


@pytest.mark.parametrize(("length", "asked"), [(LONGEST_URL, True), (LONGEST_URL + 1, False)])
def test_a_base_url_is_asked_unless_it_is_too_long(
    length: int, asked: bool, tmp_path: Path
) -> None:
    url = "https://elsewhere.example/".ljust(length, "a")
    file = page(json.dumps({"m.homeserver": {"base_url": url}}).encode(), JSON, EVERYONE)
    assert ("base_url" in findings_for({SERVER: DELEGATED, CLIENT: file}, tmp_path)) is asked


@pytest.mark.proves("probe-health")
def test_what_is_missing_is_said_and_is_no_private_path(tmp_path: Path) -> None:
    little = page(b'{"versions": []}', JSON, "Server: a front")
    findings = findings_for({"/_matrix/client/versions": little}, tmp_path)
    observed = {what: finding.observed for what, finding in findings.items()}
    assert observed["CORS"] == "200, Access-Control-Allow-Origin: missing"
    assert observed["software"] == "unknown, header Server: a front"
    assert observed["federation API"] == "404, empty"
    page_of_a_website = {"/_matrix/client/versions": page(b"<html>")}
    assert findings_for(page_of_a_website, tmp_path)["client API"].observed == "200, not Synapse's"
    private = ("admin API", "metrics", "replication", "health", "admin path with dots")
    assert {findings[path].verdict for path in private} == {Verdict.GOOD}


def test_a_502_is_the_proxys_own_unless_it_has_an_error_code_of_matrix() -> None:
    assert Answer(502).proxy_alone
    assert not Answer(502, body=b'{"errcode": "M_UNKNOWN"}').proxy_alone


@pytest.mark.proves("probe-health")
def test_health_that_is_answered_is_a_warning(tmp_path: Path) -> None:
    answers = {"/_matrix/client/versions": VERSIONS, "/health": page(b"OK")}
    assert findings_for(answers, tmp_path)["health"].verdict is Verdict.WARNING


def test_a_server_with_the_server_name_as_host_needs_no_files(tmp_path: Path) -> None:
    findings = findings_for({}, tmp_path, server_name="matrix.example.com")
    assert findings[SERVER].verdict is findings[CLIENT].verdict is Verdict.GOOD


def test_a_name_with_a_port_is_not_delegated(tmp_path: Path) -> None:
    findings = findings_for({}, tmp_path, server_name="example.com:8448")
    assert SERVER not in findings
    assert findings["federation API"].where == "example.com:8448"


def test_keys_of_another_name_are_bad(tmp_path: Path) -> None:
    keys = looks_right(server_name="elsewhere.example")
    answers = {"/_matrix/key/v2/server": keys, SERVER: DELEGATED}
    finding = findings_for(answers, tmp_path)["server keys"]
    assert (finding.verdict, finding.observed) == (
        Verdict.BAD,
        "they belong to elsewhere.example",
    )


def test_a_long_name_of_another_homeserver_is_cut_to_60_characters(tmp_path: Path) -> None:
    answers = {"/_matrix/key/v2/server": looks_right(server_name="a" * 90), SERVER: DELEGATED}
    observed = findings_for(answers, tmp_path)["server keys"].observed
    assert observed == f"they belong to {'a' * 60}"


def test_the_rest_of_a_certificates_time_is_in_hours(tmp_path: Path) -> None:
    authority = trustme.CA()
    end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=5_000, minutes=30)
    identity = authority.issue_cert("matrix.example.com", not_after=end)
    with hostile(routed({}), tmp_path, identity=identity, authority=authority) as server:
        agreed = connecting(server.port, server.authority)("matrix.example.com", 443).handshake()
    assert agreed.hours_left == 5_000


def test_without_a_name_one_port_is_asked_for_clients_and_homeservers(tmp_path: Path) -> None:
    version = page(b'{"server": {"name": "Synapse", "version": "1.0"}}', JSON)
    answers = {"/_matrix/client/versions": VERSIONS, "/_matrix/federation/v1/version": version}
    findings = findings_for(answers, tmp_path, server_name=None)
    assert findings["%2F in a path"].verdict is Verdict.BAD
    assert findings["%24 in a path"].verdict is Verdict.UNKNOWN
    assert "%2F in an alias" not in findings  # Synapse would ask another server for its alias
    decoded = {**answers, "/_matrix/federation/v1/%76ersion": version}
    assert findings_for(decoded, tmp_path, None)["%24 in a path"].verdict is Verdict.BAD
    unknown = page(b'{"errcode": "M_UNRECOGNIZED"}', JSON, status="404 Not Found")
    as_it_came = {**answers, "/_matrix/federation/v1/%76ersion": unknown}
    assert findings_for(as_it_came, tmp_path, None)["%24 in a path"].verdict is Verdict.GOOD


def test_single_sign_on_that_leads_to_an_invalid_address_is_not_a_loop(tmp_path: Path) -> None:
    target = "/_matrix/client/v3/login/sso/redirect?redirectUrl=https%3A%2F%2Fexample.com"
    away = page(b"", f"Location: https://[::{target}", status="302 Found")
    answers = {"/_matrix/client/versions": VERSIONS, target: away}
    assert findings_for(answers, tmp_path)["single sign-on"].verdict is Verdict.WARNING


@pytest.mark.proves("probe-certificate")
def test_a_certificate_that_expires_soon_is_bad(tmp_path: Path) -> None:
    authority, now = trustme.CA(), datetime.datetime.now(datetime.UTC)
    ends = now + datetime.timedelta(hours=30, minutes=30)
    began = now - datetime.timedelta(days=60)
    identity = authority.issue_cert("matrix.example.com", not_before=began, not_after=ends)
    with hostile(routed({}), tmp_path, identity=identity, authority=authority) as server:
        connect = connecting(server.port, server.authority)
        plan = Plan(connect("matrix.example.com", 443), connect)
        finding = next(iter(probe(plan, lambda _: None)))
    assert finding.verdict is Verdict.BAD
    assert finding.observed.endswith("certificate valid for 30 hours")
    assert finding.change == "renew it"


@pytest.mark.proves("probe-certificate")
@pytest.mark.parametrize(("days", "verdict"), [(9, Verdict.BAD), (11, Verdict.GOOD)])
def test_a_certificate_needs_a_tenth_of_its_100_days(
    days: int, verdict: Verdict, tmp_path: Path
) -> None:
    authority, now = trustme.CA(), datetime.datetime.now(datetime.UTC)
    ends = now + datetime.timedelta(days=days)
    began = ends - datetime.timedelta(days=100)
    identity = authority.issue_cert("matrix.example.com", not_before=began, not_after=ends)
    with hostile(routed({}), tmp_path, identity=identity, authority=authority) as server:
        connect = connecting(server.port, server.authority)
        plan = Plan(connect("matrix.example.com", 443), connect)
        assert next(iter(probe(plan, lambda _: None))).verdict is verdict


@pytest.mark.proves("probe-option-port", "probe-asks-no-srv-record")
def test_a_closed_port_is_bad_if_it_was_named_and_otherwise_a_warning(
    tmp_path: Path,
) -> None:
    (closed,) = free_ports(1)
    with hostile(routed({}), tmp_path) as server:
        connect = connecting(server.port, server.authority)
        elsewhere = connecting(closed, server.authority)

        def either(host: str, port: int) -> Https:
            made: Https = (elsewhere if port in (8448, 8449) else connect)(host, port)
            return made

        client = connect("matrix.example.com", 443)
        by_default = list(probe(Plan(client, either, "example.com"), lambda _: None))
        named = list(probe(Plan(client, either, "example.com", 8449), lambda _: None))
        alone = list(probe(Plan(client, either, None, 8449), lambda _: None))
    last = by_default[-1]
    assert (last.where, last.what, last.verdict) == ("example.com:8448", "TLS", Verdict.WARNING)
    assert "SRV" in last.change
    assert last.observed == "cannot be reached: Connection refused"
    bad = [(f.where, f.what) for f in named if f.verdict is Verdict.BAD and f.what == "TLS"]
    assert bad == [("example.com:8449", "TLS")]
    assert alone[-1].where == "matrix.example.com:8449"


def test_an_unreachable_website_is_a_warning(tmp_path: Path) -> None:
    (closed,) = free_ports(1)
    with hostile(routed({}), tmp_path) as server:
        connect = connecting(server.port, server.authority)
        client = connect("matrix.example.com", 443)
        nowhere = connecting(closed, server.authority, timeout=5)
        findings = {f.what: f for f in probe(Plan(client, nowhere, "example.com"), lambda _: None)}
    assert findings[SERVER].verdict is findings[CLIENT].verdict is Verdict.WARNING
    assert findings[SERVER].observed.startswith("cannot be reached: Connection refused")


KNOWN = {
    "/_matrix/client/versions": VERSIONS,
    "/_matrix/key/v2/server": looks_right(),
    "/_matrix/federation/v1/version": looks_right(),
}


@pytest.mark.proves("probe-gives-up-after-two")
def test_no_answer_in_time_is_unknown_and_after_two_the_probe_gives_up(tmp_path: Path) -> None:
    silent = {ALIAS: None, LOGIN: None}
    answers = {**KNOWN, **silent, SERVER: DELEGATED}
    findings = findings_for(answers, tmp_path, timeout=0.3)
    for what in ("%2F in an alias", "CORS preflight"):
        assert findings[what].verdict is Verdict.UNKNOWN
        assert findings[what].observed == "does not answer within 0.3 s"
    assert "admin API" not in findings
    assert findings["everything else"].observed == "not asked: two requests had no answer"
    assert findings["everything else"].verdict is Verdict.UNKNOWN
    assert findings[SERVER].verdict is Verdict.GOOD  # the other server is still asked


@pytest.mark.proves("probe-bodies-without-a-token")
def test_the_probe_sends_no_token_and_two_bodies_of_2_megabytes(tmp_path: Path) -> None:
    heads: list[str] = []

    def serve(visitor: Visitor) -> None:
        head = visitor.hear_head()
        heads.append(head.lower())
        visitor.say(KNOWN.get(head.split(" ")[1], NOT_FOUND))

    with hostile(serve, tmp_path) as server:
        connect = connecting(server.port, server.authority)
        plan = Plan(connect("matrix.example.com", 443), connect, "example.com")
        list(probe(plan, lambda _: None))
    with_body = [head.split(" ")[0] for head in heads if "\ncontent-length: 2000000" in head]
    assert with_body == ["post", "put"]
    assert len(heads) > 20
    assert not any("\nauthorization:" in head for head in heads)


def test_a_private_path_without_an_answer_in_time_is_unknown(tmp_path: Path) -> None:
    silent = {ADMIN: None, dotted("example.com"): None}
    findings = findings_for({**KNOWN, **silent}, tmp_path, None, timeout=0.3)
    assert findings["admin API"].verdict is Verdict.UNKNOWN
    assert findings["admin path with dots"].verdict is Verdict.UNKNOWN
    assert findings["metrics"].verdict is Verdict.GOOD


def test_405_means_that_the_path_exists(tmp_path: Path) -> None:
    refused = page(b'{"errcode": "M_UNRECOGNIZED"}', JSON, status="405 Method Not Allowed")
    findings = findings_for({**KNOWN, REPLICATION: refused}, tmp_path, None)
    assert findings["replication"].verdict is Verdict.BAD


def test_a_broken_chunked_body_is_read_up_to_the_error(tmp_path: Path) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for parts, body in (
        (b'4\r\n{"a"\r\n3;x\r\n:1}\r\n0\r\n\r\n', b'{"a":1}'),
        (b"2\r\n{}\r\nzz", b"{}"),
    ):
        with hostile(answering(chunked, parts), tmp_path) as server:
            asked = connecting(server.port, server.authority)("localhost", 443)
            assert asked.ask("/").body == body


@pytest.mark.parametrize("name", ["100 Continue without end", "a trailer without end"])
def test_an_endless_answer_is_cut_before_the_deadline(name: str, tmp_path: Path) -> None:
    with hostile(TLS[name], tmp_path) as server:
        asked = connecting(server.port, server.authority, timeout=600)("localhost", 443)
        with pytest.raises(NoAnswer, match=r"^localhost:443 never stops sending"):
            asked.ask("/")


def test_the_beginning_of_an_endless_body_is_read(tmp_path: Path) -> None:
    with hostile(TLS["a body without end"], tmp_path) as server:
        asked = connecting(server.port, server.authority, timeout=600)("localhost", 443)
        assert len(asked.ask("/").body) == MOST_BYTES


# -- How long --


@contextmanager
def time_passes(step_s: float) -> Iterator[Any]:
    """A clock that advances by this much whenever it is read."""
    ticks = itertools.count()
    yield lambda: next(ticks) * step_s


def test_one_deadline_covers_everything() -> None:
    with time_passes(4) as clock:
        deadline = Deadline(10, clock)
        assert [deadline.left(), deadline.left()] == [6, 2]
        with pytest.raises(TimeoutError):
            deadline.left()


@pytest.mark.proves("probe-option-timeout")
def test_connecting_tls_sending_and_reading_share_one_deadline(tmp_path: Path) -> None:
    """Each step alone would be in time: it advances the clock by 3 s of 10 s."""
    with hostile(routed({}), tmp_path) as server, time_passes(3) as clock:
        trust = Trust(str(server.authority))
        address = ("127.0.0.1", server.port)
        asked = Https("localhost", 443, trust, timeout=10, address=address, clock=clock)
        with pytest.raises(Late, match="localhost:443 does not answer within 10 s"):
            asked.ask("/")


@pytest.mark.proves("probe-option-timeout")
def test_a_look_up_of_a_name_has_the_deadline_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    over, before = threading.Event(), set(threading.enumerate())

    def slow(*_: object, **__: object) -> list[Any]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(Unreachable, match=r"^matrix.*:443 does not answer within 0\.1 s"):
        Https("matrix.example.com", 443, Trust(), timeout=0.1).ask("/")
    # A program that ends does not wait for it.
    assert all(thread.daemon for thread in set(threading.enumerate()) - before)
    over.set()


def test_a_silent_address_leaves_time_for_the_next_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A listening socket with a full queue neither accepts nor refuses connections."""
    with hostile(routed({}), tmp_path) as server, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        stream = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
        both = [(*stream, full.getsockname()), (*stream, ("127.0.0.1", server.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
        asked = Https("localhost", 443, Trust(str(server.authority)), timeout=2)
        assert asked.ask("/").status == 404
        for one in waiting:
            one.close()


def test_a_name_without_any_address_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    with pytest.raises(Unreachable, match="cannot be reached: it has no address"):
        Https("localhost", 443, Trust()).ask("/")


def test_each_error_names_the_server(tmp_path: Path) -> None:
    trust = Trust()
    with pytest.raises(Unreachable, match=r"^nowhere\.invalid:443 does not resolve"):
        Https("nowhere.invalid", 443, trust).handshake()
    with pytest.raises(Unreachable, match=r"^a\.\.b:443 is not a server name"):
        Https("a..b", 443, trust).ask("/")
    (closed,) = free_ports(1)
    with pytest.raises(Unreachable, match=rf"^localhost:{closed} cannot be reached: Connection re"):
        Https("localhost", closed, trust).ask("/")
    with hostile(routed({}), tmp_path) as server:
        with pytest.raises(BadTls, match=rf"^localhost:{server.port}: bad certificate: "):
            Https("localhost", server.port, trust).ask("/")
        own = Trust(str(server.authority))
    with hostile(answering(b"hello\r\n"), tmp_path) as server:
        own = Trust(str(server.authority))
        with pytest.raises(NoAnswer, match=rf"^localhost:{server.port}: the answer is not HTTP"):
            Https("localhost", server.port, own).ask("/")
    assert Https("::1", 443, own).name == "[::1]:443"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("example.com", Place("example.com", 8448, explicit=False)),
        ("example.com:443", Place("example.com", 443)),
        ("[::1]:443", Place("::1", 443)),
        ("https://example.com", None),
        ("example.com:0", None),
        ("example.com:65536", None),
        ("example.com:٣", None),
        ("", None),
        (5, None),
    ],
)
def test_a_place_is_a_host_and_a_port(text: object, expected: Place | None) -> None:
    assert place(text, 8448) == expected


def test_an_errcode_is_what_a_homeserver_says() -> None:
    assert Answer(404, body=b'{"errcode": "M_NOT_FOUND"}').errcode == "M_NOT_FOUND"
    for body in (b'{"errcode": 1}', b'{"errcode": "NO"}', b"[1]", b"", b"<html>"):
        assert Answer(404, body=body).errcode is None
