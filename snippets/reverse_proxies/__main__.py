"""`python3 -m snippets.reverse_proxies probe https://matrix.example.com`: asks your own server."""

import argparse
import sys
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from snippets.reverse_proxies.finding import Finding
from snippets.reverse_proxies.https import CannotProbe, Https, Trust
from snippets.reverse_proxies.place import FEDERATION_PORT, place
from snippets.reverse_proxies.probe import Plan, probe
from snippets.reverse_proxies.report import as_json, line, printable, status, summary
from snippets.shared.command_line import Commands, parse, refuse, start

DESCRIPTION = """\
Asks your own server, from outside, what works and what it lets through. Sends
GET requests, one OPTIONS, and to each port one body of 2 MB (zeros, without a
token, so Synapse refuses it). Changes nothing. Probe your own server only.
Exits with 0 if nothing is bad, 1 if something is, 2 if it cannot be probed."""
EXAMPLE = """\
example:
  %(prog)s https://matrix.example.com --server-name example.com"""

Connect = Callable[..., Https]


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: write a number such as 8448")
    return port


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a timeout: write seconds, up to 600")
    return seconds


def _server_name(text: str) -> str:
    if not place(text, FEDERATION_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a server name: write example.com")
    return text.lower()


def _url(text: str) -> tuple[str, int]:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} has no port: write a number after the colon"
        ) from None
    there = place(url.netloc, 443)
    rest = url.path.strip("/") or url.query or url.fragment
    if url.scheme != "https" or not there or port == 0 or rest:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an address: write https://matrix.example.com"
        )
    return there.host.lower(), there.port


def add_commands(commands: Commands) -> None:
    """Adds `probe`."""
    command = commands.add_parser(
        "probe",
        help="what your own server lets through, asked from outside",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        usage="%(prog)s [OPTIONS] url",
    )
    command.add_argument("url", type=_url, help="where clients connect: https:// and a name")
    command.add_argument(
        "--federation-port", type=_port, metavar="PORT", help="probe this port too, such as 8448"
    )
    command.add_argument(
        "--server-name", type=_server_name, metavar="NAME", help="the part of your user IDs "
        "after the colon: reads its .well-known files, and probes the homeserver that they name",
    )  # fmt: skip
    command.add_argument("--authority", metavar="FILE", help="certificates to trust in addition")
    command.add_argument(
        "--timeout", type=_seconds, default=10.0, metavar="S",
        help="seconds for each request as a whole (default: 10)",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="the result, or the error, as JSON")
    command.set_defaults(run=run)


def main(arguments: Sequence[str] | None = None, https: Connect = Https) -> int:
    """Runs the command line; the exit status. `https` makes a server from host and port."""
    return run(parse("snippets.reverse_proxies", __doc__, add_commands, arguments), https)


def run(options: argparse.Namespace, https: Connect = Https) -> int:
    """Runs `probe`; the exit status."""
    findings: list[Finding] = []
    try:
        trust = Trust(options.authority)

        def connect(host: str, port: int) -> Https:
            return https(host, port, trust, timeout=options.timeout)

        plan = Plan(connect(*options.url), connect, options.server_name, options.federation_port)
        _progress("Probe your own server only.")
        for finding in probe(plan, lambda asked: _progress(f"  {asked}")):
            findings.append(finding)
            if not options.json:
                print(line(finding))
    except CannotProbe as error:
        return refuse("probe", printable(str(error)), as_json=options.json)
    print(as_json(findings) if options.json else f"\n{summary(findings)}")
    return status(findings)


def _progress(text: str) -> None:
    print(printable(text), file=sys.stderr)


if __name__ == "__main__":
    start(main)
