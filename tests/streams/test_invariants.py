"""The six invariants of a stream with several writers, in schedules from Hypothesis.

The broken twins run through the same state machine, which must find each of them.
"""

from collections import defaultdict, deque
from contextlib import AbstractContextManager
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from snippets.streams import broken, storage
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.reservation import StreamIds
from snippets.streams.sqlite import SqliteDatabase
from tests.streams.several_writers import PROCESSES, WRITERS, AnswersLate, RolledBack

FIRST = 1
PASSED = "a token passed a pending ID"
WENT_BACK = "a token went back"
BEHIND = "at rest, not everybody is at the highest ID"
writers = st.sampled_from(WRITERS)
processes = st.sampled_from(PROCESSES)
happenings = st.lists(st.tuples(writers, processes, st.booleans()), max_size=3)
LENGTH = settings(
    max_examples=300,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Stream(RuleBasedStateMachine):
    """Three writers and a reader on one database, and the true state of every ID."""

    generators: dict[str, MultiWriterIdGenerator]
    looked_at: tuple[str, ...] = (PASSED, WENT_BACK, BEHIND)

    def promise(self, broken: str, holds: bool) -> None:
        """Fails with the name of the broken invariant, unless it holds or is not checked."""
        assert holds or broken not in self.looked_at, broken

    @initialize(positive=st.booleans())
    def start(self, positive: bool) -> None:
        self.sign = 1 if positive else -1
        self.database = SqliteDatabase(":memory:")
        self.store = storage.StreamStore(self.database, positive=positive)
        self.store.create()
        self.generators = {}
        self.open: dict[str, list[tuple[StreamIds, AbstractContextManager[StreamIds]]]] = {}
        self.truly_pending: dict[str, set[int]] = defaultdict(set)
        self.highest = FIRST
        self.messages: dict[tuple[str, str], deque[int]] = defaultdict(deque)
        self.before: dict[tuple[str, str | None], int] = {}
        for name in PROCESSES:
            self.restart(name)

    @rule(name=processes)
    def restart(self, name: str) -> None:
        """Restarts a process. Its pending IDs stay without a row and are no longer pending."""
        self.truly_pending[name].clear()
        self.open[name] = []
        for process in PROCESSES:
            self.messages[process, name].clear()
            self.before.pop((name, process), None)
        self.before.pop((name, None), None)
        self.generators[name] = self.store.load(name, WRITERS)

    @rule(name=writers, n=st.integers(1, 3), meanwhile=happenings)
    def reserve(self, name: str, n: int, meanwhile: list[tuple[str, str, bool]]) -> None:
        generator = self.generators[name]
        sequence = generator._sequence
        assert sequence
        drawn = _Drawn(sequence, self.truly_pending[name])

        def happens() -> None:
            for sender, receiver, writes in meanwhile:
                if writes and sender != name:
                    self.reserve(sender, 1, [])
                    self.finish(sender, -1, True)
                self.say(sender)
                self.deliver(sender, receiver)
                self.no_token_passes_a_pending_id()

        generator._sequence = AnswersLate(drawn, happens)
        write = generator.get_next_mult(n)
        self.open[name].append((write.__enter__(), write))
        generator._sequence = sequence

    @rule(name=writers, which=st.integers(0, 9), succeeds=st.booleans())
    def finish(self, name: str, which: int, succeeds: bool) -> None:
        if not self.open[name]:
            return
        stream_ids, write = self.open[name].pop(which % len(self.open[name]))
        if succeeds:
            for stream_id in stream_ids:
                self.store.add(stream_id, name, [None])
        self.highest = max(self.highest, *map(abs, stream_ids))
        self.truly_pending[name].difference_update(map(abs, stream_ids))
        if succeeds:
            write.__exit__(None, None, None)
            self.store.record_position(
                name, self.generators[name].get_current_token_for_writer(name)
            )
        else:
            with pytest.raises(RolledBack):
                _raise_in(write)

    @rule(name=writers)
    def say(self, name: str) -> None:
        for process in PROCESSES:
            if process != name:
                token = self.generators[name].get_current_token_for_writer(name)
                self.messages[name, process].append(token)

    @rule(sender=writers, receiver=processes)
    def deliver(self, sender: str, receiver: str) -> None:
        messages = self.messages[sender, receiver]
        if messages:
            token = messages.popleft()
            generator = self.generators[receiver]
            if abs(token) >= abs(generator.get_positions().get(sender, 0)):
                generator.advance(sender, token)

    @invariant()
    def no_token_passes_a_pending_id(self) -> None:
        for generator in self.generators.values():
            linear = self.sign * generator.get_current_token()
            for name, pending in self.truly_pending.items():
                self.promise(PASSED, linear < min(pending, default=linear + 1))
                token = self.sign * generator.get_current_token_for_writer(name)
                self.promise(PASSED, token < min(pending, default=token + 1))

    @invariant()
    def no_token_goes_back(self) -> None:
        for process, generator in self.generators.items():
            for name in (None, *WRITERS):
                token = self.sign * (
                    generator.get_current_token()
                    if name is None
                    else generator.get_current_token_for_writer(name)
                )
                self.promise(WENT_BACK, token >= self.before.get((process, name), FIRST))
                self.before[process, name] = token

    def teardown(self) -> None:
        """At rest: everything pending ends, all write once more and hear of all others."""
        if not hasattr(self, "generators"):
            return
        for name in WRITERS:
            while self.open[name]:
                self.finish(name, 0, True)
        for _ in range(2):
            for sender in WRITERS:
                self.say(sender)
                for receiver in PROCESSES:
                    while self.messages[sender, receiver]:
                        self.deliver(sender, receiver)
        self.no_token_passes_a_pending_id()
        self.no_token_goes_back()
        highest = self.generators["r"].get_current_token()
        self.promise(BEHIND, self.sign * highest >= self.highest)
        for generator in self.generators.values():
            self.promise(BEHIND, generator.get_current_token() == highest)
            for name in WRITERS:
                self.promise(BEHIND, generator.get_current_token_for_writer(name) == highest)
        self.database.close()


class _Drawn:
    """A sequence that notes each number as soon as it gives it out."""

    def __init__(self, sequence: Any, pending: set[int]) -> None:
        self._sequence = sequence
        self._pending = pending

    def get_next_mult(self, n: int) -> list[int]:
        answer: list[int] = self._sequence.get_next_mult(n)
        self._pending.update(answer)
        return answer


def _raise_in(write: AbstractContextManager[Any]) -> None:
    error = RolledBack()
    if not write.__exit__(RolledBack, error, None):
        raise error


MANY = pytest.param(300, marks=[pytest.mark.slow, pytest.mark.no_cover])


@pytest.mark.proves(
    "the-linear-token",
    "facts-up-to-a-writers-token-are-stored",
    "no-fact-arrives-below-the-linear-token",
    "six-promises-in-made-up-schedules",
    "hypothesis-finds-nothing-in-ours",
)
@pytest.mark.parametrize("schedules", [30, MANY])
def test_the_six_invariants_hold_in_every_schedule(schedules: int) -> None:
    run_state_machine_as_test(Stream, settings=settings(LENGTH, max_examples=schedules))


@pytest.mark.proves("answer-on-its-way", "hypothesis-breaks-three-twins")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("twin", "broken_promise"),
    [
        (broken.NewWriterRace, PASSED),
        (broken.AllocationRace, PASSED),
        (broken.LeakedReservation, BEHIND),
    ],
)
def test_a_broken_twin_breaks_an_invariant(
    twin: type[MultiWriterIdGenerator], broken_promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MultiWriterIdGenerator", twin)
    # Finding one is enough: the smallest example is not needed.
    quick = settings(LENGTH, phases=[Phase.generate], max_examples=1000, database=None)
    only_this = type("OnlyThis", (Stream,), {"looked_at": (broken_promise,)})
    with pytest.raises(AssertionError, match=broken_promise):
        run_state_machine_as_test(only_this, settings=quick)
