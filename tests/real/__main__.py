"""`python -m tests.real`: installs every real program that the tests use, with a line for each."""

import sys

from tests.real import (
    Missing,
    apache,
    caddy,
    chromium,
    curl,
    firefox,
    fish,
    haproxy,
    nginx,
    postgres,
    redis,
    synapse,
    webkit,
    zsh,
)

PROGRAMS = {
    "PostgreSQL": postgres,
    "Redis": redis,
    "Chromium": chromium,
    "Firefox": firefox,
    "WebKit": webkit,
    "nginx": nginx,
    "Caddy": caddy,
    "Apache httpd": apache,
    "HAProxy": haproxy,
    "curl": curl,
    "zsh": zsh,
    "fish": fish,
}


def main() -> int:
    for release in synapse.LIVE:
        try:
            print(f"Synapse {release}: {synapse.python(release)}", flush=True)
        except Missing as missing:
            print(f"Synapse {release}: {missing}; its tests are skipped", file=sys.stderr)
    for name, program in PROGRAMS.items():
        try:
            program.install()
            print(f"{name}: {program.version()}", flush=True)
        except Missing as missing:
            print(f"{name}: {missing}; its tests are skipped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
