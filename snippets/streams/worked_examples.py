"""Examples for pages: streams that run while the page is generated."""

from collections.abc import Iterator

from snippets.shared.diagrams import flow_svg, messages_svg
from snippets.shared.drawing import WIDTHS
from snippets.shared.markdown import picture, table
from snippets.streams import broken
from snippets.streams.bus import InProcessBus
from snippets.streams.exploration import explore
from snippets.streams.following import Following
from snippets.streams.multi_writer_id_generator import MultiWriterIdGenerator
from snippets.streams.open_database import open_database
from snippets.streams.pictures import positions_svg
from snippets.streams.reader import Reader
from snippets.streams.sequence import MemorySequence
from snippets.streams.storage import StreamStore
from snippets.streams.timeline import timeline_svg
from snippets.streams.trace import markdown_table, trace
from snippets.streams.world import World
from snippets.streams.writer import Writer

_SIX_IDS = "start at 1; reserve 2, 3; complete 3, 2; reserve 4, 5, 6; complete 5, 4, 6"
_WRITERS = ["w1", "w2", "w3"]


def six_ids() -> str:
    """Six IDs that complete out of order, as a picture and as a table."""
    rows = trace(_SIX_IDS)
    svg = timeline_svg(rows, "Six stream IDs against time; the table below says the same")
    return "\n\n".join(
        [
            picture(svg),
            "A bar is a pending ID, from the step that reserves it; the dot is where it "
            "completes.\nThe staircase is the current stream ID.",
            markdown_table(rows),
        ]
    )


class ThreeWriters:
    """Three writers and a reader; each hears at once of every writer's position."""

    def __init__(self) -> None:
        sequence = MemorySequence()
        self.views = {
            name: MultiWriterIdGenerator(instance_name=name, writers=_WRITERS, sequence=sequence)
            for name in _WRITERS
        }
        self.reader = MultiWriterIdGenerator(instance_name="reader", writers=_WRITERS)
        # By writer and ID: "completed" or "pending".
        self.facts: dict[str, dict[int, str]] = {name: {} for name in _WRITERS}

    def write(self, name: str, *, ends: bool = True) -> None:
        """Writes one fact and tells everybody. Unless it `ends`, the fact stays pending."""
        reservation = self.views[name].get_next()
        stream_id = reservation.__enter__()
        self.facts[name][stream_id] = "completed" if ends else "pending"
        if ends:
            reservation.__exit__(None, None, None)
        for _ in range(2):  # hearing of others may raise a writer's own token
            for sender in _WRITERS:
                token = self.views[sender].get_current_token_for_writer(sender)
                for hearer, view in [*self.views.items(), ("reader", self.reader)]:
                    if hearer != sender:
                        view.advance(sender, token)


def three_writers() -> ThreeWriters:
    """Seven facts of three writers; the second fact of w1 stays pending."""
    example = ThreeWriters()
    for name in _WRITERS:
        example.write(name)
    example.write("w1", ends=False)
    for name in ("w2", "w2", "w1"):
        example.write(name)
    return example


def three_writers_picture() -> str:
    """The reader's view of three writers: their IDs, their tokens and the linear token."""
    example = three_writers()
    tokens = {name: example.reader.get_current_token_for_writer(name) for name in _WRITERS}
    title = "IDs of three writers: w1 has 5 pending, so its token and the linear one stay at 4"
    linear = example.reader.get_current_token()
    return picture(positions_svg(example.facts, tokens, linear, title))


def linear_token_table() -> str:
    """How the linear token follows from what a reader hears of two writers."""
    reader = MultiWriterIdGenerator(
        instance_name="reader",
        writers=["w1", "w2"],
        positions={"w1": 3, "w2": 5},
        persisted=[5],
    )
    rows: list[tuple[object, ...]] = [("(at the start)", 3, 5, reader.get_current_token())]
    for name, new_id in [("w1", 6), ("w2", 7), ("w2", 9), ("w1", 8), ("w1", 11), ("w2", 15)]:
        reader.advance(name, new_id)
        at = reader.get_positions()
        rows.append((f"{name} is at {new_id}", at["w1"], at["w2"], reader.get_current_token()))
    columns = ["The reader hears", "w1", "w2", "Linear token"]
    return table(columns, rows, right=columns[1:])


def replicate_messages() -> Iterator[tuple[str, str]]:
    """The lines on the bus when a reader joins late, each with its sender."""
    with open_database("sqlite::memory:") as database:
        store = StreamStore(database)
        store.create()
        bus = InProcessBus()
        spy = bus.connect()
        spy.receive(0)
        generator = store.load("w1", ["w1"])
        endpoint = bus.connect()
        writer = Writer("w1", generator, store, endpoint)
        answers = Reader(
            "w1",
            generator,
            store,
            endpoint,
            lambda *_: None,
            on_replicate=writer.say_position,
        )
        writer.write(["missed"])
        writer.write(["missed, too"])
        writer.send_updates()
        _receive_all(answers)
        while spy.receive(0):
            pass  # the picture begins when the reader joins
        reader = Reader(
            "reader", store.load("reader", ["w1"]), store, bus.connect(), lambda *_: None
        )
        reader.receive()
        _receive_all(answers)
        writer.send_updates()
        writer.write(["live"])
        writer.send_updates()
        while (line := spy.receive(0)) is not None:
            yield ("reader" if line == "REPLICATE" else "w1"), line


def _receive_all(reader: Reader) -> None:
    while reader.receive():
        pass


def replicate_picture() -> str:
    """The same as a picture."""
    other = {"w1": "reader", "reader": "w1"}
    title = "The reader says REPLICATE; w1 answers with a POSITION, then sends a row as RDATA"
    said = [(name, other[name], words) for name, words in replicate_messages()]
    return picture(messages_svg([*other], said, title, WIDTHS[-1]))


def ways_picture() -> str:
    """What goes from writers to readers through the database, and what through Redis."""
    rails = [
        ("Writers", "→ facts,\ntheir IDs", "Database", "→ what was\nmissed", "Readers"),
        ("Writers", "→ POSITION,\nRDATA", "Redis", "→ POSITION,\nRDATA", "Readers"),
    ]
    title = (
        "Writers store facts and their IDs in the database, and send RDATA and POSITION over "
        "Redis. Readers hear Redis, and read from the database what they missed"
    )
    return picture(*(flow_svg(rails, title, width) for width in WIDTHS))


# What a POSITION means to a reader at 5, as (case, previous token, new token, reason).
_POSITIONS = (
    ("current < previous < new", 7, 9, "it missed something: it fetches (5, 9]"),
    ("current < previous = new", 9, 9, "the same; so is every REPLICATE answered"),
    ("current = previous < new", 5, 9, "nothing was written in between"),
    ("previous < current < new", 3, 9, "the same is true of what is left"),
    ("previous < current = new", 3, 5, "it is there already"),
    ("previous < new < current", 2, 4, "old news; or a [reset](#resets)"),
)


def position_cases_table() -> str:
    """What a reader at 5 does with each kind of POSITION, while rows 6 and 8 are stored."""
    rows = []
    for case, previous, new, why in _POSITIONS:
        command = f"POSITION facts w1 {previous} {new}"
        applied, at = _after(command)
        ids = ", ".join(map(str, applied)) or "nothing"
        rows.append((case, f"`{command}`", ids, at, why))
    columns = ["Case", "The writer says", "The reader applies", "It is then at", "For"]
    return table(columns, rows, right=["It is then at"])


def _after(command: str) -> tuple[list[int], int]:
    """The IDs of the rows that the reader applies, and its position after that."""
    with open_database("sqlite::memory:") as database:
        store = StreamStore(database)
        store.create()
        store.record_position("w1", 5)
        database.set_last_value("facts_sequence", 9)
        view = store.load("reader", ["w1"])
        for stream_id in (6, 8):
            store.add(stream_id, "w1", [stream_id])
        bus = InProcessBus()
        others, place = bus.connect(), bus.connect()
        applied: list[int] = []
        reader = Reader(
            "reader", view, store, place, lambda name, stream_id, rows: applied.append(stream_id)
        )
        others.publish(command)
        _receive_all(reader)
        return applied, view.get_positions()["w1"]


def shortest_schedules_table() -> str:
    """The promise that each twin breaks, and the shortest schedule after which it is broken."""
    generators = (broken.NewWriterRace, broken.AllocationRace, broken.LeakedReservation)
    readers = (broken.BatchMixing, broken.ForeignIdRace, broken.PositionFirst)
    found = {twin.__name__: explore(World(twin)) for twin in generators}
    found |= {twin.__name__: explore(Following(twin)) for twin in readers}
    rows = [
        (f"`{name}`", twin.broken_promise, ", ".join(map(str, twin.schedule)))
        for name, twin in found.items()
    ]
    return table(["Twin", "What is wrong", "After"], rows)


def every_state_table() -> str:
    """The number of states of small streams, and the promise that the real classes break there."""
    starts: list[tuple[str, World | Following]] = [
        ("`World()`", World()),
        ("`World(crashes=1)`", World(crashes=1)),
        ("`Following()`", Following()),
        ('`Following(facts={"w1": 2}, faults=1)`', Following(facts={"w1": 2}, faults=1)),
    ]
    rows = []
    for call, start in starts:
        found = explore(start)
        rows.append((call, f"{found.states:,}", found.broken_promise or "none"))
    return table(["Explored", "States", "Broken promise"], rows, right=["States"])
