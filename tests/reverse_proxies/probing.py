"""The probe, where its servers are proxies of the test's own."""

from collections.abc import Mapping

from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.https import Https, Trust
from snippets.reverse_proxies.probe import Plan, probe
from tests.real.proxy import Proxy

Found = Mapping[tuple[str, str], Finding]


def plan(
    running: Proxy, server_name: str | None = None, federation_port: int | None = None
) -> Plan:
    """As the command makes it for https://matrix.example.com."""
    trust = Trust(str(running.authority_file))

    def connect(host: str, port: int) -> Https:
        return Https(host, port, trust, address=("127.0.0.1", running.ports[port]))

    return Plan(connect("matrix.example.com", 443), connect, server_name, federation_port)


def findings(asked: Plan, asked_for: list[str] | None = None) -> Found:
    """What the probe finds, by host:port and what was asked; no line comes twice."""
    lines = [] if asked_for is None else asked_for
    found = list(probe(asked, lines.append))
    by_place = {(finding.where, finding.what): finding for finding in found}
    assert len(by_place) == len(found), found
    return by_place


def of(found: Found, verdict: Verdict) -> set[str]:
    """What has this verdict, at any port."""
    return {what for (_, what), finding in found.items() if finding.verdict is verdict}
