"""The probe's command line."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from snippets.reverse_proxies import report
from snippets.reverse_proxies.__main__ import main
from snippets.reverse_proxies.delegation import CLIENT, SERVER
from snippets.reverse_proxies.finding import Finding, Verdict
from tests.docs.guide import ROOT
from tests.reverse_proxies.fronts import RIGHT, WRONG
from tests.reverse_proxies.hostile import hostile, looks_right
from tests.reverse_proxies.test_probe_verdicts import routed

COMMAND = [sys.executable, "-m", "snippets.reverse_proxies", "probe"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        status = main(["probe", *arguments])
    except SystemExit as exit_:
        status = int(str(exit_.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.proves("probe-exit-status", "probe-option-json")
@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: url"),
        (["http://example.com"], "is not an address: write https://matrix.example.com"),
        (["example.com"], "is not an address"),
        (["https://example.com/path"], "is not an address"),
        (["https://user@example.com"], "is not an address"),
        (["https://example.com:0"], "is not an address"),
        (["https://example.com:x"], "has no port"),
        (["https://[::1"], "has no port"),
        (["https://nowhere.invalid"], "nowhere.invalid:443 does not resolve"),
        (["https://a..b"], "a..b:443 is not a server name"),
        (["https://example.com", "--federation-port", "0"], "'0' is not a port"),
        (["https://example.com", "--federation-port", "065535"], "'065535' is not a port"),
        (["https://example.com", "--federation-port", "٣"], "is not a port"),
        (["https://example.com", "--timeout", "soon"], "'soon' is not a timeout"),
        (["https://example.com", "--timeout", "-1"], "'-1' is not a timeout"),
        (["https://example.com", "--timeout", "nan"], "'nan' is not a timeout"),
        (["https://example.com", "--server-name", "https://x"], "is not a server name"),
        (["https://example.com", "--authority", "/nowhere"], "/nowhere contains no certificates"),
        (["https://example.com", "--authority", "/"], "/ contains no certificates"),
    ],
)
def test_a_server_that_cannot_be_probed_is_one_line_and_status_2(
    arguments: list[str], message: str, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *arguments, *(["--json"] if as_json else []))
    assert status == 2
    assert "Traceback" not in err
    if as_json:
        assert message in json.loads(out)["error"]
    else:
        assert out == ""
        assert message in err.splitlines()[-1]
        assert err.splitlines()[-1].startswith("probe: ")


@pytest.mark.proves(
    "probe-exit-status",
    "probe-option-authority",
    "probe-option-json",
    "probe-names-requests-on-standard-error",
)
def test_the_command_says_what_it_asks_what_it_found_and_what_to_change(tmp_path: Path) -> None:
    answers = {"/_matrix/client/versions": looks_right(), "/_synapse/metrics": looks_right()}
    with hostile(routed(answers), tmp_path) as server:
        asked = [f"https://localhost:{server.port}", "--authority", str(server.authority)]
        more = ["--server-name", f"localhost:{server.port}", "--federation-port", str(server.port)]
        command = [*COMMAND, *asked, *more]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        as_json = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True)
        closed = subprocess.run(
            f"{' '.join(command)} 2>/dev/null | head -1", cwd=ROOT, capture_output=True, shell=True
        )
    where = f"localhost:{server.port}"
    assert done.returncode == 1
    assert done.stderr.startswith("Probe your own server only.\n")
    assert f"  {where}: GET /_synapse/metrics\n" in done.stderr
    assert done.stderr.count(f"  {where}: GET ") > 10
    assert f"BAD      {where}  CORS: 200, Access-Control-Allow-Origin: missing\n" in done.stdout
    assert re.search(r"\n\n\d+ good, \d+ warning, \d+ bad, \d+ unknown\n\Z", done.stdout)
    lines = [line for line in done.stdout.splitlines()[:-2] if line[0] != " "]
    assert all(f"  {where}  " in line for line in lines)
    findings = json.loads(as_json.stdout)
    assert as_json.returncode == 1
    assert len(findings) == len(lines)
    assert {finding["verdict"] for finding in findings} == {"good", "warning", "bad", "unknown"}
    assert set(findings[0]) == {"where", "what", "verdict", "observed", "change"}
    assert closed.stdout.decode().count("\n") == 1
    assert closed.stderr == b""


def test_a_closed_pipe_ends_the_command_quietly(tmp_path: Path) -> None:
    with hostile(routed({}), tmp_path) as server:
        asked = [f"https://localhost:{server.port}", "--authority", str(server.authority)]
        running = subprocess.Popen(
            [*COMMAND, *asked], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        err = running.stderr.read()
        running.stderr.close()
        assert running.wait(30) == 141
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err


@pytest.mark.proves("probe-sends-two-megabytes", "probe-option-timeout")
def test_the_command_has_help_that_says_what_it_sends() -> None:
    done = subprocess.run([*COMMAND, "--help"], cwd=ROOT, capture_output=True, check=True)
    help_text = " ".join(done.stdout.decode().split())
    assert "Probe your own server only" in help_text
    assert "one body of 2 MB" in help_text
    assert "seconds for each request as a whole (default: 10)" in help_text


@pytest.mark.proves("probe-exit-status")
@pytest.mark.parametrize("verdict", Verdict)
def test_the_status_is_1_if_something_is_bad(verdict: Verdict) -> None:
    good = Finding("example.com:443", "TLS", Verdict.GOOD, "TLSv1.3", "")
    assert report.status([good, replace(good, verdict=verdict)]) == (verdict is Verdict.BAD)


@pytest.mark.proves("probe-is-tested-on-real-fronts")
def test_the_page_says_how_many_configurations_were_probed() -> None:
    page = (ROOT / "docs" / "reverse-proxies" / "checking.md").read_text("utf-8")
    assert f"{len(RIGHT)} right configurations, and {len(WRONG)} wrong ones" in page
    assert len(RIGHT) >= 8
    assert len({front.text + str(front.changes) for front in WRONG.values()}) >= len(WRONG) - 1


def test_the_delegation_files_are_at_their_well_known_paths() -> None:
    assert (SERVER, CLIENT) == ("/.well-known/matrix/server", "/.well-known/matrix/client")
