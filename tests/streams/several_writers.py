"""Schedules for several writers and a reader, replayed on our generators.

A schedule is {"positive": true, "ops": [...]}, and an operation one of

    ["reserve", writer, n, meanwhile]    n IDs at once; `meanwhile` lists operations that happen
                                         before the sequence's answer arrives
    ["finish", writer, which, succeeds]  ends the which-th of the writer's open reservations
    ["announce", writer]                 sends its own token to all others
    ["deliver", sender, receiver]        the next of these arrives, in the order sent
    ["restart", process]                 forgets everything and loads its view from the database
    ["configure", writers]               restarts every process, with other writers

synapse_several_writers_driver.py replays the same on Synapse's. A recording has the operations in
words, see `in_words`.
"""

import re
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from typing import Any

from snippets.streams import multi_writer_id_generator, positions, reservation, start
from snippets.streams.database import Database
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.reservation import StreamIds
from snippets.streams.sequence import Sequence
from snippets.streams.storage import StreamStore
from tests.real import synapse
from tests.recordings import Run, Steps, branches

DRIVER = Path(__file__).with_name("synapse_several_writers_driver.py")
WRITERS = ["w1", "w2", "w3"]
PROCESSES = [*WRITERS, "r"]

Schedule = dict[str, Any]


class RolledBack(Exception):
    """What a failing operation raises inside its block."""


class AnswersLate:
    """A sequence that answers late, after other operations have happened."""

    def __init__(self, sequence: Sequence, happens: Callable[[], None]) -> None:
        self._sequence = sequence
        self._happens = happens

    def get_next_mult(self, n: int) -> list[int]:
        answer = self._sequence.get_next_mult(n)
        self._happens()
        return answer


class World:
    """Processes that share a stream, and the undelivered messages between them."""

    def __init__(self, database: Database, positive: bool) -> None:
        self.store = StreamStore(database, positive=positive)
        self.database = database
        database.execute("DELETE FROM facts")
        database.execute("DELETE FROM stream_positions")
        database.set_last_value("facts_sequence", 1)
        self.generators: dict[str, MultiWriterIdGenerator] = {}
        self.pending: dict[str, list[tuple[StreamIds, AbstractContextManager[StreamIds]]]] = {}
        self.queues: dict[tuple[str, str], deque[int]] = {}
        self.configure(WRITERS)

    def configure(self, writers: list[str]) -> None:
        self.writers = writers
        for name in PROCESSES:
            self.restart(name)

    def restart(self, name: str) -> None:
        self.pending[name] = []
        for sender in PROCESSES:
            self.queues[sender, name] = deque()
        self.generators[name] = self.store.load(name, self.writers)

    def apply(self, op: list[Any]) -> None:
        action, *arguments = op
        getattr(self, action)(*arguments)

    def reserve(self, name: str, n: int, meanwhile: list[Any]) -> None:
        generator = self.generators[name]
        sequence = generator._sequence
        assert sequence

        def happens() -> None:
            generator._sequence = sequence
            for op in meanwhile:
                self.apply(op)

        generator._sequence = AnswersLate(sequence, happens)
        write = generator.get_next_mult(n)
        self.pending[name].append((write.__enter__(), write))

    def finish(self, name: str, which: int, succeeds: bool) -> None:
        stream_ids, write = self.pending[name].pop(which)
        if succeeds:
            for stream_id in stream_ids:
                self.store.add(stream_id, name, [None])
            write.__exit__(None, None, None)
            own = self.generators[name].get_current_token_for_writer(name)
            self.store.record_position(name, own)
        else:
            write.__exit__(RolledBack, RolledBack(), None)

    def announce(self, name: str) -> None:
        token = self.generators[name].get_current_token_for_writer(name)
        for to in PROCESSES:
            if to != name:
                self.queues[name, to].append(token)

    def deliver(self, sender: str, to: str) -> None:
        if self.queues[sender, to]:
            self.generators[to].advance(sender, self.queues[sender, to].popleft())

    def views(self) -> dict[str, Any]:
        """Every process's view, and the recorded positions."""
        views: dict[str, Any] = {}
        for name, generator in self.generators.items():
            views[name] = [
                generator.get_current_token(),
                generator.get_minimal_local_current_token(),
                [generator.get_current_token_for_writer(n) for n in (*WRITERS, name)],
                [at for _, at in sorted(generator.get_positions().items())],
            ]
        recorded = self.database.execute("SELECT instance_name, stream_id FROM stream_positions")
        views["recorded"] = dict(sorted(recorded))
        return views


def changes(database: Database, schedule: Schedule) -> list[dict[str, Any]]:
    """The views at the start, then for every operation the views that it changed."""
    return list(_changes(database, schedule))


def _changes(database: Database, schedule: Schedule) -> Iterator[dict[str, Any]]:
    world = World(database, schedule["positive"])
    before = world.views()
    yield before
    for op in schedule["ops"]:
        world.apply(op)
        after = world.views()
        yield {name: view for name, view in after.items() if view != before[name]}
        before = after


def in_words(schedule: Schedule) -> Steps:
    """The schedule in the words of a recording: the start, then a step for each operation."""
    return [
        f"start a stream of {'positive' if schedule['positive'] else 'negative'} IDs",
        *map(_in_words, schedule["ops"]),
    ]


def _in_words(op: list[Any]) -> str:
    match op:
        case ["reserve", writer, n, meanwhile]:
            inner = "; ".join(map(_in_words, meanwhile))
            return f"{writer} reserves {n}" + (f", meanwhile {inner}" if inner else "")
        case ["finish", writer, which, succeeds]:
            return f"{writer} {'completes' if succeeds else 'fails'} number {which}"
        case ["announce", writer]:
            return f"{writer} announces"
        case ["deliver", sender, receiver]:
            return f"{receiver} hears {sender}"
        case ["restart", process]:
            return f"{process} restarts"
    return f"the writers are {' '.join(op[1])}"


def from_words(steps: Steps) -> Schedule:
    """Parses the steps of a recording. Raises ValueError for words that are not a step."""
    first, *rest = steps
    return {"positive": first == "start a stream of positive IDs", "ops": list(map(_op, rest))}


def _op(words: str) -> list[Any]:
    outer, _, inner = words.partition(", meanwhile ")
    meanwhile = [_op(each) for each in inner.split("; ")] if inner else []
    match outer.split():
        case [writer, "reserves", n]:
            return ["reserve", writer, int(n), meanwhile]
        case [writer, "completes" | "fails" as end, "number", which]:
            return ["finish", writer, int(which), end == "completes"]
        case [writer, "announces"]:
            return ["announce", writer]
        case [receiver, "hears", sender]:
            return ["deliver", sender, receiver]
        case [process, "restarts"]:
            return ["restart", process]
        case ["the", "writers", "are", *writers]:
            return ["configure", writers]
    raise ValueError(f"no step: {words!r}")


def reached(database: Database, run: Run) -> list[set[Hashable]]:
    """For each step: branches of our generators, and the kind of step with the views that it
    changed.
    """
    schedule = from_words(run["schedule"])
    modules = [multi_writer_id_generator, positions, reservation, start]
    executed = branches(_changes(database, schedule), modules)
    for step, words, changed in zip(executed, run["schedule"], run["seen"], strict=True):
        kind = re.sub(r"\b(w\d|r|number \d)\b", "_", words)
        actor = words.split()[0]
        roles = {"itself" if name == actor else name.strip("123") for name in changed}
        outer, _, inner = kind.partition(", meanwhile ")
        step.update({(outer, schedule["positive"]), (outer, frozenset(roles))})
        step.update(("meanwhile", each, schedule["positive"]) for each in inner.split("; "))
    return executed


def synapses(
    python: Path, url: str, schedules: Iterable[Schedule], *, careful: bool = True
) -> list[Any]:
    """The same from the generators of the Synapse in the environment of `python`, on an empty
    database.

    With `careful`, the driver takes the three precautions that `StreamStore.load` describes.
    """
    requests = [schedule | {"careful": careful} for schedule in schedules]
    return synapse.ask(python, DRIVER, requests, url)


def random_schedule(rng: Random, length: int = 40, *, restarts: bool = True) -> Schedule:
    """A schedule of `length` operations; a quarter of the ends are failures, every fifth is
    negative.
    """
    positive = rng.random() < 0.8
    writers = WRITERS
    reservations = dict.fromkeys(WRITERS, 0)
    ops: list[list[Any]] = []

    def message() -> list[Any]:
        sender, receiver = rng.sample(PROCESSES, 2)
        return ["deliver", sender, receiver]

    while len(ops) < length:
        writer = rng.choice(writers)
        kind = rng.random()
        if kind < 0.25:
            meanwhile: list[list[Any]] = []
            while rng.random() < 0.5:
                other = rng.choice(writers)
                if rng.random() < 0.3:
                    reservations[other] += 1
                    meanwhile.append(["reserve", other, 1, []])
                elif rng.random() < 0.5 and reservations[other]:
                    meanwhile.append(_finish(rng, other, reservations))
                else:
                    meanwhile.append(rng.choice((["announce", other], message())))
            reservations[writer] += 1
            ops.append(["reserve", writer, rng.choice((1, 1, 1, 2, 3)), meanwhile])
        elif kind < 0.5 and reservations[writer]:
            ops.append(_finish(rng, writer, reservations))
        elif kind < 0.65:
            ops.append(["announce", writer])
        elif kind < 0.95 or not restarts:
            ops.append(message())
        elif kind < 0.98:
            process = rng.choice(PROCESSES)
            reservations[process] = 0
            ops.append(["restart", process])
        else:
            writers = sorted(rng.sample(WRITERS, rng.randint(1, 3)))
            reservations = dict.fromkeys(WRITERS, 0)
            ops.append(["configure", writers])
    return {"positive": positive, "ops": ops}


def _finish(rng: Random, writer: str, reservations: dict[str, int]) -> list[Any]:
    which = rng.randrange(reservations[writer])
    reservations[writer] -= 1
    return ["finish", writer, which, rng.random() < 0.75]
