"""Pictures for the pages: which port leads where, and who asks whom."""

import json
import re
from pathlib import Path

from snippets.reverse_proxies.delegation import CLIENT, SERVER
from snippets.reverse_proxies.place import FEDERATION_PORT, place
from snippets.shared.diagrams import flow_svg, messages_svg
from snippets.shared.drawing import WIDTHS
from snippets.shared.markdown import picture

_HERE = Path(__file__).parent
_NAME = "example.com"


# --8<-- [start:ports]
def ports() -> str:
    """From clients and homeservers through the proxy to Synapse, whose port is the printed one."""
    listener = re.search(r"port: (\d+)", (_HERE / "listeners.yaml").read_text("utf-8"))
    assert listener
    proxy = "Proxy\n404 to the rest:\n/_synapse/admin,\n/_synapse/metrics"
    synapse = f"Synapse\n127.0.0.1:{listener[1]}"
    rails = [
        ("Clients", "→ 443", proxy, "→ /_matrix/,\n/_synapse/client/", synapse),
        ("Homeservers", f"→ {FEDERATION_PORT}, unless\ndelegated", proxy, "→ /_matrix/", synapse),
    ]
    title = (
        f"Clients come to the proxy's port 443, other homeservers to {FEDERATION_PORT}, "
        "or to 443 if you delegate. It forwards /_matrix/, and from 443 also /_synapse/client/, "
        f"to Synapse at 127.0.0.1:{listener[1]}. It answers 404 itself to the "
        "rest, such as /_synapse/admin"
    )
    return picture(*(flow_svg(rails, title, width) for width in WIDTHS))


# --8<-- [end:ports]
def homeservers_ask() -> str:
    """How another homeserver finds yours, by the printed file."""
    said = str(_printed("m.server"))
    there = place(said, FEDERATION_PORT)
    assert there
    return _asks(
        "Another\nhomeserver",
        SERVER,
        f'"{said}"',
        there.host,
        f"3. connects to port {there.port}\n({FEDERATION_PORT} if the file names none)",
    )


def clients_ask() -> str:
    """How a client finds yours, by the printed file."""
    homeserver = _printed("m.homeserver")
    assert isinstance(homeserver, dict)
    url = str(homeserver["base_url"])
    there = place(url.removeprefix("https://"), 443)
    assert there
    return _asks("Client", CLIENT, f'"{url}"', there.host, f"3. logs in at port {there.port}")


def _asks(who: str, path: str, answer: str, there: str, then: str) -> str:
    messages = [
        (who, _NAME, f"1. GET {path}"),
        (_NAME, who, f"2. {answer}"),
        (who, there, then),
    ]
    asker = who.replace("\n", " ")
    title = f"{asker} asks {_NAME} for {path}. The answer is {answer}. {asker} "
    title += then.partition(" ")[2].replace("\n", " ") + f" of {there}"
    places = [who, _NAME, there]
    return picture(*(messages_svg(places, messages, title, width) for width in WIDTHS))


def _printed(key: str) -> object:
    """What the file says that nginx answers with on the page."""
    file = (_HERE / "nginx-delegation.conf").read_text("utf-8")
    files = map(json.loads, re.findall(r"return 200 '(.*)';", file))
    return next(said[key] for said in files if key in said)
