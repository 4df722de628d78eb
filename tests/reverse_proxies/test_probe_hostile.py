"""The probe, run on misbehaving servers: no traceback, no raw characters, no missed deadline."""

from pathlib import Path

import pytest
import trustme

from snippets.reverse_proxies.__main__ import main
from snippets.reverse_proxies.https import Https, Trust
from tests.reverse_proxies.hostile import (
    PLAIN,
    TLS,
    Hostile,
    answering,
    bad_certificates,
    hostile,
)

pytestmark = pytest.mark.slow

# Seconds for each request. Servers that wait do so for 30 s; on a busy machine the others may be
# slow.
WAITS_S, ANSWERS_S = 0.4, 10.0
WAITING = {
    "103 without end", "100 Continue without end", "a trailer without end", "no answer",
    "an answer drip by drip", "a body drip by drip", "TLS drip by drip", "no TLS and no word",
}  # fmt: skip


def command(server: Hostile, capsys: pytest.CaptureFixture[str], name: str) -> tuple[int, str, str]:
    """Runs the command on the server, for all names; returns what it printed."""

    def https(host: str, port: int, trust: Trust, *, timeout: float) -> Https:
        return Https(host, port, trust, timeout=timeout, address=("127.0.0.1", server.port))

    arguments = [
        "probe", "https://matrix.example.com", "--authority", str(server.authority),
        "--timeout", str(WAITS_S if name in WAITING else ANSWERS_S), "--server-name", "example.com",
    ]  # fmt: skip
    status = main(arguments, https)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def check(status: int, out: str, err: str) -> None:
    """Checks that each finding is one clear line in ASCII, without control characters."""
    for text in (out, err):
        assert text.isascii()
        assert all(line.isprintable() for line in text.split("\n"))
        assert all(len(line) < 3000 for line in text.split("\n"))
        assert "Traceback" not in text
    if status == 2:
        assert out == ""
        assert err.splitlines()[-1].startswith("probe: matrix.example.com:443 ")
    else:
        assert status == int("BAD" in out)
        assert out.splitlines()[-1].endswith(" unknown")


@pytest.mark.proves("probe-escapes-what-servers-send", "sixty-servers-misbehave")
@pytest.mark.parametrize("name", TLS)
def test_a_misbehaving_server_only_causes_findings(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hostile(TLS[name], tmp_path) as server:
        printed = command(server, capsys, name)
        assert not server.kept_waiting.is_set()
    check(*printed)
    assert printed[0] == 1, printed


@pytest.mark.parametrize("name", PLAIN)
def test_a_server_without_tls_is_one_line_and_an_error_status(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with hostile(PLAIN[name], tmp_path, tls=False) as server:
        printed = command(server, capsys, name)
        assert not server.kept_waiting.is_set()
    check(*printed)
    assert printed[0] == (2 if "word" in name or "drip" in name else 1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.mark.proves("probe-certificate")
@pytest.mark.parametrize("name", bad_certificates(trustme.CA()))
def test_an_untrusted_certificate_is_a_finding(
    name: str, authority: trustme.CA, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    identity = bad_certificates(authority)[name]
    with hostile(answering(b""), tmp_path, identity=identity, authority=authority) as server:
        printed = command(server, capsys, name)
    check(*printed)
    line = next(line for line in printed[1].splitlines() if "  TLS: " in line)
    expected = {"self-signed certificate": "unable to get local issuer certificate"}
    assert line.startswith("BAD      matrix.example.com:443  TLS: bad certificate: ")
    assert expected.get(name, name) in line


@pytest.mark.proves("sixty-servers-misbehave")
def test_there_are_more_than_twenty_misbehaving_servers() -> None:
    assert len(TLS) + len(PLAIN) > 60
