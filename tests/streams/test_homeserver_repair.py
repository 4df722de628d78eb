"""The printed repair, run on the database of a homeserver that refuses to start."""

import os
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.docs.guide import DOCS
from tests.real.fixtures import synapse_python
from tests.real.homeserver import Homeserver, homeserver
from tests.real.postgres import Server
from tests.real.releases import COMPARED, NEWEST, OLD

pytestmark = pytest.mark.slow

PAGE = (DOCS / "streams" / "repairing-a-stream.md").read_text("utf-8")
BEFORE_SEQUENCES = "1.100.0"  # the oldest release that starts on a database of the newest one


def printed(title: str) -> list[str]:
    """The shell commands of a section of the page, in order."""
    section = PAGE.partition(f"\n{title}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in textwrap.dedent(block).splitlines()]


def heading(words: str) -> str:
    """The heading of the page that has these words, as a pattern: `…` stands for a name."""
    (found,) = re.findall(rf"^## (.*{words}.*)$", PAGE, re.MULTILINE)
    return re.escape(str(found)).replace("…", r"\w+")


class Room(NamedTuple):
    """A homeserver of a release, its database, and a user in a room."""

    release: str
    running: Homeserver
    url: str
    token: str
    path: str

    def execute(self, statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as database:
            database.execute(statements.encode())

    def refuses(self) -> str:
        """What it says when it does not start, in one line."""
        with pytest.raises(AssertionError) as refused:
            self.running.start()
        return " ".join(str(refused.value).split())

    def sends(self, text: str) -> None:
        """Sends a message, which the user then gets."""
        body = {"msgtype": "m.text", "body": text}
        sent = f"/_matrix/client/v3/rooms/{self.path}/send/m.room.message/{text}"
        assert self.running.request("PUT", sent, body, token=self.token)[0] == 200
        _, synced = self.running.request("GET", "/_matrix/client/v3/sync", token=self.token)
        (joined,) = synced["rooms"]["join"].values()
        assert joined["timeline"]["events"][-1]["content"] == body

    def repair(self, folder: Path) -> list[int]:
        """Types what the page says, with this database and its highest number; returns what the
        page's queries answered.
        """
        place: dict[str, Any] = conninfo_to_dict(self.url)
        environment = {**os.environ, "PGHOST": place["host"], "PGUSER": place["user"]}
        dump, *queries, repair = printed("## The repair")

        def types(command: str) -> str:
            typed = re.sub(r"\bsynapse\b", place["dbname"], command)
            done = subprocess.run(
                ["bash", "-c", typed],
                cwd=folder,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            )
            return done.stdout

        types(dump)
        assert [path.stat().st_size > 0 for path in folder.iterdir()] == [True]
        answers = [re.search(r"^ +(\d+)$", types(query), re.MULTILINE) for query in queries]
        numbers = [int(answer[1]) if answer else 0 for answer in answers]
        assert repair.endswith(', 9));"')
        types(repair.replace(", 9));", f", {max(numbers)}));"))
        return numbers


@pytest.fixture(scope="module", params=COMPARED)
def room(request: pytest.FixtureRequest, postgres: Server) -> Iterator[Room]:
    release = request.param
    synapse_python(release)
    url = postgres.create(f"repair_{release.replace('.', '_')}")
    config = {"database": {"name": "psycopg2", "args": conninfo_to_dict(url)}}
    with homeserver(release, config) as running:
        token = running.register("alice")
        _, made = running.request("POST", "/_matrix/client/v3/createRoom", {}, token=token)
        path = made["room_id"].replace(":", "%3A").replace("!", "%21")
        yield Room(release, running, url, token, path)


@pytest.mark.proves(
    "homeserver-starts-after-the-repair",
    "numbers-are-read-with-psql",
    "position-beyond-the-sequence",
    "advice-to-delete-positions",
)
def test_a_homeserver_whose_position_is_beyond_the_sequence_starts_after_the_printed_repair(
    room: Room, tmp_path: Path
) -> None:
    room.running.stop()
    room.execute(
        "UPDATE stream_positions SET stream_id = stream_id + 1000 WHERE stream_name = 'events'"
    )
    said = room.refuses()
    assert re.search(heading("associated stream position"), said)
    assert "DELETE FROM stream_positions WHERE stream_name = 'events';" in said
    sequence, position, row = room.repair(tmp_path)
    assert row <= sequence < 1000 < position
    room.running.start()
    room.sends("after-the-position")
    with psycopg.connect(room.url) as database:
        (written,) = database.execute("SELECT max(stream_ordering) FROM events").fetchone() or (0,)
    assert written > position


@pytest.mark.proves(
    "homeserver-starts-after-the-repair",
    "numbers-are-read-with-psql",
    "row-beyond-the-sequence",
    "row-beyond-is-raised-since",
)
def test_a_homeserver_with_a_row_beyond_the_sequence_is_repaired_in_the_old_release_by_hand(
    room: Room, tmp_path: Path
) -> None:
    room.running.stop()
    room.execute(
        "SELECT setval('events_stream_seq', 2);"
        "DELETE FROM stream_positions WHERE stream_name = 'events'"
    )
    if room.release == OLD:
        assert re.search(heading("associated table"), room.refuses())
        _, position, row = room.repair(tmp_path)
        assert position == 0 < row  # there was no position
        room.running.start()
    else:
        room.running.start()
        line = room.running.logs("Postgres sequence events_stream_seq is behind table events: ")
        assert line.endswith("Updating sequence.\n")
    room.sends("after-the-row")


@pytest.mark.proves("downgrade-leaves-the-sequence-behind")
def test_a_downgrade_writes_rows_beyond_a_sequence_that_only_the_newer_release_uses(
    postgres: Server,
) -> None:
    for release in (NEWEST, BEFORE_SEQUENCES):
        synapse_python(release)
    url = postgres.create("downgraded")
    config = {"database": {"name": "psycopg2", "args": conninfo_to_dict(url)}}
    with homeserver(NEWEST, config) as running:
        running.register("alice")
    with homeserver(BEFORE_SEQUENCES, config) as running:
        running.register("bob")
    with homeserver(NEWEST, config) as running:
        line = running.logs("Postgres sequence device_lists_sequence is behind table device_lists_")
        assert line.endswith("Updating sequence.\n")
