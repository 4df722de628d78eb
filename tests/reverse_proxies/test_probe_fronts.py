"""The probe, run on right and wrong proxies in front of two releases of Synapse."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from snippets.reverse_proxies import recorded
from snippets.reverse_proxies.delegation import SERVER
from snippets.reverse_proxies.finding import Verdict
from snippets.reverse_proxies.private_paths import ADMIN_PATHS_END_SINCE
from snippets.reverse_proxies.recorded import PROBED
from tests.real import Missing, synapse
from tests.real import proxy as proxies
from tests.real.fixtures import need, skip
from tests.real.proxy import Proxy, Rewrite
from tests.real.releases import NEWEST
from tests.reverse_proxies.configurations import GOOD, text
from tests.reverse_proxies.conftest import Server
from tests.reverse_proxies.fronts import RIGHT, SHOWN, WRONG, Front
from tests.reverse_proxies.probing import Found, findings, of, plan
from tests.reverse_proxies.record_probe import probed as probed_for_the_page

pytestmark = pytest.mark.slow


@contextmanager
def started(front: Front, server: Server) -> Iterator[Proxy]:
    """The front, running before the homeserver, or before nothing."""
    need(front.kind.executable)
    ports = server.running.ports
    (nobody,) = proxies.free_ports(1)
    behind = {
        r"127\.0\.0\.1:8009": f"127.0.0.1:{ports[8009]}",
        "METRICS": f"127.0.0.1:{ports[8010]}",
        "REPLICATION": f"127.0.0.1:{ports[8011]}",
    }
    places: list[Rewrite] = [
        (pattern, instead)
        for pattern, instead in behind.items()
        if pattern.replace("\\", "") in str([front.text, front.changes])
    ]
    backend = nobody if front.down else server.running.port
    extra = [*front.changes, *places]
    with proxies.proxy(front.kind, front.text, backend, extra=extra) as running:
        yield running


def probed(front: Front, server: Server) -> Found:
    with started(front, server) as running:
        return findings(plan(running, "example.com", front.federation_port))


def faults(front: Front, server: Server) -> frozenset[str]:
    """The faults that the probe must find with this release."""
    obeyed = front.obeyed and server.release == "1.90.0"
    return front.faults | ({"admin path with dots"} if obeyed else set())


def judges_synapse(results: Found, server: Server) -> None:
    """Checks the two lines that there are whenever Synapse answers."""
    software = results["matrix.example.com:443", "software"]
    assert software.verdict is Verdict.GOOD
    assert software.observed.startswith(f"Synapse {server.release}, header Server: ")
    assert results["matrix.example.com:443", "forged X-Forwarded-For"].verdict is Verdict.UNKNOWN


@pytest.mark.proves(
    "probe-is-tested-on-real-fronts",
    "probe-http2",
    "probe-dots-by-release",
    "probe-software",
    "probe-forged-address",
    "probe-server-file",
)
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_front_is_good(server: Server, name: str) -> None:
    front = RIGHT[name]
    results = probed(front, server)
    assert of(results, Verdict.BAD) == faults(front, server)
    client = {
        what: results for (where, what), results in results.items() if where.startswith("matrix.")
    }
    assert client["single sign-on"].observed.startswith("leads to https://cas.example.com/")
    judges_synapse(results, server)
    file = results["example.com:443", SERVER]
    delegated = file.observed == '"matrix.example.com:443"'
    good = delegated or file.observed.startswith("404: ")
    assert file.verdict is (Verdict.GOOD if good else Verdict.WARNING)
    destination = "matrix.example.com:443" if delegated else "example.com:8448"
    assert results[destination, "federation API"].verdict is Verdict.GOOD
    if name.endswith("as printed"):
        assert client["HTTP/2"].verdict is Verdict.GOOD
    dots = client["admin path with dots"]
    if front.obeyed:
        since = f"releases before {ADMIN_PATHS_END_SINCE} accept it"
        observed = f"Synapse {server.release} accepts it" if server.release == "1.90.0" else since
        assert observed in dots.observed
        assert dots.verdict is (Verdict.BAD if server.release == "1.90.0" else Verdict.WARNING)
    else:
        assert dots.verdict is Verdict.GOOD


@pytest.mark.proves(
    "probe-recording-has-two-mistakes",
    "two-megabytes-are-refused",
    "probe-http2",
    "probe-software",
    "probe-forged-address",
    "probe-server-file",
    "probe-asks-with-an-encoded-letter",
    "probe-asks-the-listed-paths",
)
@pytest.mark.parametrize("server", [NEWEST], indirect=True)
def test_the_recorded_findings_are_those_of_a_run_with_the_newest_release(server: Server) -> None:
    need(SHOWN.kind.executable)
    assert probed_for_the_page(server.running) == json.loads(PROBED.read_text("utf-8"))
    bad = {results.what for results in recorded.findings() if results.verdict is Verdict.BAD}
    assert bad == SHOWN.faults
    alone = [WRONG["Apache, no nocanon"], WRONG["Apache, no ProxyPreserveHost"]]
    assert SHOWN.changes == [change for front in alone for change in front.changes]
    assert SHOWN.faults == alone[0].faults | alone[1].faults
    sent = {place: count.total() for place, count in recorded.requests().items()}
    assert sum(sent.values()) == len(json.loads(PROBED.read_text("utf-8"))["asked"])
    assert set(sent) == {"matrix.example.com:443", "example.com:443", "example.com:8448"}


def test_behind_haproxy_a_federation_listener_has_no_admin_api(server: Server) -> None:
    results = probed(RIGHT["HAProxy, by host, federation to its own listener"], server)
    assert results["example.com:8448", "admin API"].verdict is Verdict.GOOD
    assert results["example.com:8448", "federation API"].verdict is Verdict.GOOD


def test_a_mistake_that_looks_like_success_is_a_warning(server: Server) -> None:
    results = probed(RIGHT["Caddy, two lines"], server)
    admin = results["matrix.example.com:443", "admin API"]
    assert (admin.verdict, admin.observed) == (Verdict.WARNING, "200, empty")
    assert results["matrix.example.com:443", "metrics"].verdict is Verdict.GOOD


@pytest.mark.proves("probe-private-paths")
def test_a_private_path_that_reaches_synapse_which_has_nothing_there_is_a_warning(
    server: Server,
) -> None:
    results = probed(WRONG["nginx, forwards everything"], server)
    metrics = results["matrix.example.com:443", "metrics"]
    assert metrics.verdict is Verdict.WARNING
    assert metrics.observed.endswith("reaches Synapse, which has nothing there")


def test_the_website_of_a_right_front_may_answer_everything(server: Server) -> None:
    results = probed(RIGHT["Caddy, handles and a web client for the rest"], server)
    assert results["matrix.example.com:443", "admin API"].observed == "200, not Synapse's"


@pytest.mark.proves("decoded-letters-by-release", "probe-encoded-dollar")
def test_decoded_letters_alone_are_not_a_fault_if_synapse_repeats_the_path(
    server: Server,
) -> None:
    kind, file = GOOD["HAProxy"]
    letters: list[Rewrite] = [
        (r"\Adefaults|^defaults", "global\n    expose-experimental-directives\ndefaults"),
        ("http-request set-uri", "http-request normalize-uri percent-decode-unreserved\n"
         "    http-request set-uri"),
    ]  # fmt: skip
    front = Front(kind, text(file), changes=letters, federation_port=8448)
    results = probed(front, server)["example.com:8448", "%24 in a path"]
    if server.release == "1.90.0":  # before 1.95 nothing tells them apart
        assert results.verdict is Verdict.BAD
    else:
        assert (results.verdict, results.observed) == (
            Verdict.GOOD, "letters arrive decoded, %24 unchanged",
        )  # fmt: skip


@pytest.mark.proves("probe-open-admin-paths", "decoded-letters-by-release")
@pytest.mark.parametrize(
    ("file", "text", "last_without", "first_with"),
    [
        # An admin path that anything could follow before.
        ("synapse/rest/admin/users.py", "/accountdata$", "1.156.0", "1.157.2"),
        # The path of missing media, repeated unchanged.
        ("synapse/media/_base.py", "request.path.decode()", "1.94.0", "1.95.1"),
    ],
)
def test_the_releases_that_the_probe_names_are_those_whose_packages_changed(
    file: str, text: str, last_without: str, first_with: str
) -> None:
    def has(release: str) -> bool:
        (source,) = synapse.wheel_files(release, [file])
        return text in source

    try:
        assert (has(last_without), has(first_with)) == (False, True)
    except Missing as missing:
        skip(missing)
    order = synapse.releases()
    assert order.index(first_with) == order.index(last_without) + 1


@pytest.mark.proves(
    "synapse-has-private-paths",
    "probe-own-json",
    "probe-cors",
    "probe-sign-on-pages",
    "probe-sign-on",
    "probe-encoded-slash",
    "probe-encoded-dollar",
    "probe-two-megabytes",
    "probe-private-paths",
    "probe-server-file",
    "probe-client-file",
    "nocanon-leaves-the-slash",
    "probe-sees-a-changed-path",
    "probe-is-tested-on-real-fronts",
    "two-megabytes-are-refused",
    "probe-recording-has-two-mistakes",
    "probe-software",
    "probe-forged-address",
)
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_front_is_bad_by_exactly_its_fault(server: Server, name: str) -> None:
    front = WRONG[name]
    results = probed(front, server)
    assert of(results, Verdict.BAD) == faults(front, server)
    if "client API" not in front.faults:
        judges_synapse(results, server)
    for finding in results.values():
        assert bool(finding.change) is (finding.verdict is not Verdict.GOOD) or (
            finding.verdict is Verdict.UNKNOWN
        )
