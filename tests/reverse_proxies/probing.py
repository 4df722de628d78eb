"""The probe, run against the test's own proxies."""

from collections.abc import Mapping

from snippets.reverse_proxies.finding import Finding, Verdict
from snippets.reverse_proxies.https import Https, Trust
from snippets.reverse_proxies.probe import Plan, probe
from tests.real.proxy import Proxy

Found = Mapping[tuple[str, str], Finding]


def plan(
    running: Proxy, server_name: str | None = None, federation_port: int | None = None
) -> Plan:
    """The plan of the command for https://matrix.example.com."""
    trust = Trust(str(running.authority_file))

    def connect(host: str, port: int) -> Https:
        return Https(host, port, trust, address=("127.0.0.1", running.ports[port]))

    return Plan(connect("matrix.example.com", 443), connect, server_name, federation_port)


def findings(asked: Plan, asked_for: list[str] | None = None) -> Found:
    """The probe's findings, by host:port and subject. Checks that no finding is repeated."""
    lines = [] if asked_for is None else asked_for
    all_findings = list(probe(asked, lines.append))
    by_place = {(finding.where, finding.what): finding for finding in all_findings}
    assert len(by_place) == len(all_findings), all_findings
    return by_place


def of(findings_by_place: Found, verdict: Verdict) -> set[str]:
    """The subjects with this verdict, at any port."""
    return {what for (_, what), finding in findings_by_place.items() if finding.verdict is verdict}
