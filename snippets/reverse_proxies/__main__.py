"""`python -m snippets.reverse_proxies probe https://matrix.example.com`: what answers outside."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

from snippets.reverse_proxies.https import CannotProbe, Https
from snippets.reverse_proxies.probe import Finding, Verdict, probe

DELEGATION_PORT = 443


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: write a number such as 8448")
    return port


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 600:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write seconds, up to 600")
    return seconds


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m snippets.reverse_proxies", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "probe",
        help="ask your own server, from outside, what it lets through",
        description="Sends a dozen GET requests to each port and says what answers. Probe your own "
        "server only. Exits with 0 if nothing is bad, 1 if something is, 2 if it cannot be asked.",
    )
    command.add_argument("url", help="where clients connect, such as https://matrix.example.com")
    command.add_argument(
        "--federation-port", type=_port, metavar="PORT", help="ask there as well, such as 8448"
    )
    command.add_argument(
        "--server-name", metavar="NAME", help="the part behind the colon of your user IDs; whose "
        ".well-known is asked, and whose name goes to the federation port (default: the URL's)",
    )  # fmt: skip
    command.add_argument("--authority", metavar="FILE", help="certificates to trust as well")
    command.add_argument(
        "--timeout", type=_seconds, default=10.0, metavar="S", help="for a request (default: 10)"
    )
    command.add_argument("--json", action="store_true", help="the result as JSON")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit status."""
    options = parser().parse_args(arguments)
    found: list[Finding] = []
    try:
        servers = _servers(options)
        print("Probe your own server only.", file=sys.stderr)
        for finding in probe(*servers, tell=lambda text: print(f"  {text}", file=sys.stderr)):
            found.append(finding)
            if not options.json:
                print(_line(finding))
    except (CannotProbe, ValueError) as error:
        print(f"probe: {error}", file=sys.stderr)
        return 2
    if options.json:
        told = [{**asdict(finding), "verdict": finding.verdict.value} for finding in found]
        print(json.dumps(told, indent=2))
    return 1 if any(finding.verdict is Verdict.BAD for finding in found) else 0


def _servers(options: argparse.Namespace) -> tuple[Https, Https | None, Https | None]:
    """Where clients, homeservers and the delegation are. Raises ValueError."""
    url = urlsplit(options.url)
    if url.scheme != "https" or not url.hostname or url.path not in ("", "/"):
        raise ValueError(f"{options.url!r} is no address: write https://matrix.example.com")
    try:
        port = url.port or 443
    except ValueError:
        raise ValueError(f"{options.url!r} has no port: write a number behind the colon") from None
    more = {"timeout": options.timeout, "authority": options.authority}
    name = options.server_name or url.hostname
    client = Https(url.hostname, port, **more)
    federation = delegating = None
    if options.federation_port:
        federation = Https(name, options.federation_port, **more)
    if options.server_name:
        delegating = Https(name, DELEGATION_PORT, **more)
    return client, federation, delegating


def _line(finding: Finding) -> str:
    mark = {"good": "good   ", "bad": "BAD    ", "unknown": "unknown"}[finding.verdict.value]
    line = f"{mark}  {finding.where}  {finding.what}: {finding.seen}"
    return f"{line}\n         {finding.change}" if finding.change else line


if __name__ == "__main__":
    sys.exit(main())
