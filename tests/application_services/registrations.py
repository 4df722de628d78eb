"""Registration files that are right, or have one mistake each, and a release's verdict on them."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from snippets.application_services import BadRegistration, read_all
from tests.real import synapse

DRIVER = Path(__file__).with_name("synapse_registration_driver.py")
RIGHT: dict[str, Any] = {
    "id": "irc",
    "url": "http://127.0.0.1:9000",
    "hs_token": "told-to-irc",
    "as_token": "told-by-irc",
    "sender_localpart": "irc_bot",
    "namespaces": {},
}
OTHER = {**RIGHT, "id": "other", "as_token": "told-by-other"}
GONE = object()  # marks a field to leave out
PREFIX, PROXY_URL = "io.element.msc4512.proxy_prefix", "io.element.msc4512.proxy_url"
SCOPES = "io.element.msc4502.scopes"
SCOPE = "urn:matrix:client:io.element.msc4502:rooms:is_joined"


def _users(*entries: Any) -> dict[str, Any]:
    return {"users": list(entries)}


FINE = {"regex": "@_irc_.*", "exclusive": True}
# Values to try for a field, one at a time.
VALUES: dict[str, list[Any]] = {
    "id": [GONE, None, 1, "", "a|b"],
    "url": [GONE, None, 5, "", "not an address", ["http://a"], False],
    "hs_token": [GONE, None, 12345, ""],
    "as_token": [GONE, None, 12345, ""],
    "sender_localpart": [
        GONE, None, 1, "", "irc bot", "@irc_bot:example.com", "@irc_bot", "irc/bot", "irc.bot-1_=~",
        "Irc_Bot", "bät", "irc+bot", "\ud800",
    ],
    "namespaces": [
        GONE, None, [], "users", {"users": None}, {"users": "@_irc_.*"}, {"users": {}},
        {"users": ""},
        {"users": {"regex": "a", "exclusive": True}}, {"rooms": [FINE]}, {"aliases": "x"},
        {"bots": "anything"}, _users(FINE), _users("@_irc_.*"), _users({}), _users(FINE, {}),
        _users({"regex": "@_irc_.*"}), _users({**FINE, "exclusive": "true"}),
        _users({**FINE, "exclusive": 1}), _users({**FINE, "exclusive": None}),
        _users({**FINE, "regex": "("}), _users({**FINE, "regex": "*"}),
        _users({**FINE, "regex": 1}),
        _users({**FINE, "regex": ""}), _users({**FINE, "regex": "[[a]"}),
        _users({**FINE, "regex": "a{99999999999}"}), _users({**FINE, "group_id": 1}),
    ],
    "protocols": [None, [], "", "irc", 0, 5, {}, {"irc": 1}, ["irc"], [1], ["irc", None]],
    "ip_range_whitelist": [
        None, [], "", 0, 5, True, "10.0.0.0/8", "1", ["10.0.0.0/8"], ["10.0.0.1/8"], ["10.0.0.1"],
        ["fe80::/10"], ["10.0.0.0/255.0.0.0"], ["10.0.0.0/0.255.255.255"], ["10.0.0.0/33"],
        ["nonsense"],
        ["10.0.0"], [""], [None], [5], [-1], [2**200], [1.5], {"10.0.0.0/8": None}, ["10.0.0.0/"],
        [["10.0.0.0/8"]],
    ],
    "rate_limited": [None, "no", 5, False],
    "receive_ephemeral": ["no", 5],
    "de.sorunome.msc2409.push_ephemeral": ["no", 5],
    "org.matrix.msc3202": [True, None, "true", 1],
    "io.element.msc4190": [True, None, "true", 1],
    SCOPES: [[], None, SCOPE, [SCOPE], [SCOPE, SCOPE], ["another"], [1], [[]], {}],
    "nobody knows this": [1],
}  # fmt: skip
PAIRS: list[dict[str, Any]] = [
    {PREFIX: prefix, PROXY_URL: url}
    for prefix in (
        GONE, None, "", 1, "rtc/livekit", "rtc/livekit/", "rtc/livekit/a", "rtc/livekitten", "/",
    )
    for url in (GONE, "http://127.0.0.1", "/", "", 1)
]  # fmt: skip
TWO = {
    "two files": (RIGHT, OTHER),
    "the same id in two files": (RIGHT, {**OTHER, "id": "irc"}),
    "the same as_token in two files": (RIGHT, {**OTHER, "as_token": RIGHT["as_token"]}),
    "the same hs_token in two files": (RIGHT, {**OTHER, "hs_token": RIGHT["hs_token"]}),
    "the same in capital letters": (RIGHT, {**OTHER, "id": "IRC", "as_token": "TOLD-BY-IRC"}),
    "the second of two files is wrong": (OTHER, {**RIGHT, "url": 5}),
    **{
        f"the prefixes {one} and {two}": (
            {**RIGHT, PREFIX: one, PROXY_URL: "http://a"},
            {**OTHER, PREFIX: two, PROXY_URL: "http://b"},
        )
        for one, two in [
            ("rtc/livekit", "rtc/livekit"),
            ("rtc/livekit", "rtc/livekit/a"),
            ("rtc/livekit/a/", "rtc/livekit/a"),
            ("rtc/livekit/a", "rtc/livekit/ab"),
            ("rtc/livekit/a/b", "rtc/livekit/a"),
        ]
    },
}  # fmt: skip
# Files that contain something other than a registration.
TEXTS = ["", "[]", "irc", "id: [", "- id: irc", "42"]


def written(registration: dict[str, Any]) -> str:
    """The text of a registration file; fields that are GONE are left out."""
    return yaml.safe_dump({k: v for k, v in registration.items() if v is not GONE})


def cases() -> dict[str, list[str]]:
    """The text of the file, or of both files, by a short description."""
    texts = {"right": [written(RIGHT)]}
    for field, values in VALUES.items():
        for value in values:
            name = f"no {field}" if value is GONE else f"{field}: {json.dumps(value)}"
            texts[name] = [written({**RIGHT, field: value})]
    for pair in PAIRS:
        given = {field: value for field, value in pair.items() if value is not GONE}
        texts[f"proxy: {json.dumps(given)}"] = [written({**RIGHT, **given})]
    for name, files in TWO.items():
        texts[name] = [written(file) for file in files]
    return texts | {f"the file {text!r}": [text] for text in TEXTS}


def mixed(rng: random.Random, number: int) -> list[list[str]]:
    """Files with several random changes each."""
    fields = list(VALUES)
    return [
        [
            written({**RIGHT, **{f: rng.choice(VALUES[f]) for f in rng.sample(fields, 3)}})
            for _ in range(rng.choice((1, 1, 2)))
        ]
        for _ in range(number)
    ]


def synapses(release: str, files: Sequence[list[str]]) -> list[str | None]:
    """For each case, the error with which a release refuses to start, or None. Raises Missing."""
    return synapse.ask(synapse.python(release), DRIVER, files)


def ours(files: list[str], release: str) -> str | None:
    """The same from ours; the files are named by number."""
    try:
        read = {f"file {number}": yaml.safe_load(text) for number, text in enumerate(files)}
        read_all(read, release=release)
    except (BadRegistration, yaml.YAMLError) as error:
        return str(error)
    return None


def recorded(release: str) -> dict[str, str | None]:
    """A recording of a release: its error for each case, or None. Raises Missing."""
    files = cases()
    return dict(zip(files, synapses(release, list(files.values())), strict=True))
