"""Whole configurations in the style of usual deployments, with their usual mistakes.

A folder here has the files of one machine or container; `PROCESSES` has how they are started. The
shapes and mistakes are those of public files; names, values and words are our own.
"""

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
# A path of the machine, but not the path of an address.
_PATH = re.compile(r"(?<![\w.:/*-])/(?=(?:data|etc|home|srv|synapse|var|volume1)/)")


@dataclass(frozen=True)
class Process:
    """One process of a deployment: what is after `-c`, and the folder that it is started in."""

    paths: tuple[str, ...]
    folder: str = "/"
    program: str = "homeserver"


def _worker(*paths: str) -> Process:
    return Process(paths, program="generic_worker")


_SYSTEMD = "/etc/matrix-synapse/homeserver.yaml"
_HELM = ("/synapse/config/homeserver.yaml", "/synapse/config/conf.d")
_DEBIAN = ("/etc/matrix-synapse/homeserver.yaml", "/etc/matrix-synapse/conf.d")
PROCESSES = {
    "playbook": Process(("/data/homeserver.yaml",)),
    "playbook events": _worker("/data/homeserver.yaml", "/data/worker.events.yaml"),
    "playbook federation-sender": _worker(
        "/data/homeserver.yaml", "/data/worker.federation-sender.yaml"
    ),
    "debian": Process(_DEBIAN),
    "container": Process(("/data/homeserver.yaml",)),
    "yunohost": Process(_DEBIAN),
    "nixos": Process(("/etc/nix/homeserver.yaml", "/var/lib/secrets/synapse.yaml")),
    "helm": Process(_HELM),
    "helm generic-worker": _worker(*_HELM, "/synapse/config/worker.yaml"),
    "helm old-worker": _worker(*_HELM, "/synapse/config/old-worker.yaml"),
    "systemd_workers": Process((_SYSTEMD,)),
    "systemd_workers generic_worker1": _worker(
        _SYSTEMD, "/etc/matrix-synapse/workers/generic_worker1.yaml"
    ),
    "systemd_workers event_persister1": _worker(
        _SYSTEMD, "/etc/matrix-synapse/workers/event_persister1.yaml"
    ),
    "compose_demo": Process(("/data/homeserver.yaml",)),
    "compose_demo worker": _worker("/data/homeserver.yaml", "/data/worker.yaml"),
    "synology": Process(("/volume1/docker/synapse/homeserver.yaml",)),
    "from_2020": Process(("/etc/synapse/homeserver.yaml",)),
    "bridges": Process(("/data/homeserver.yaml",)),
    "keycloak": Process(("/data/homeserver.yaml",)),
    "mas": Process(("/data/homeserver.yaml",)),
    "mas with the old registration": Process(("/data/homeserver.yaml", "/data/conf.d")),
    "calls": Process(("/data/homeserver.yaml",)),
    "open_server": Process(("/data/homeserver.yaml",)),
    "first_bridge": Process(("/srv/synapse/homeserver.yaml",), folder="/srv/synapse"),
}


def install(name: str, root: Path) -> Process:
    """Copies the files of a deployment below `root`; the process, with the paths there."""
    process = PROCESSES[name]
    source = HERE / name.partition(" ")[0]
    for file in source.rglob("*"):
        if file.is_file():
            copy = root / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(_PATH.sub(f"{root}/", file.read_text("utf-8")), "utf-8")
    for file in root.rglob("*.yaml"):  # only the main process makes a key if there is none
        for key in re.findall(r'signing_key_path: "?([^"\s]+)', file.read_text("utf-8")):
            Path(key).parent.mkdir(parents=True, exist_ok=True)
            Path(key).write_text(f"ed25519 tests {'A' * 43}\n")
    paths = tuple(f"{root}{path}" for path in process.paths)
    return Process(paths, f"{root}{process.folder}", process.program)
