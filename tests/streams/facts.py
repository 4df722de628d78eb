"""Texts in Synapse's source that show since when and up to when it does what our pages say."""

from tests.real.source import Fact

_GENERATORS = "synapse/storage/util/id_generators.py"
_REPLICATION = "synapse/replication/tcp/client.py"
_FOLLOWING, _TWINS = "docs/streams/following-a-stream.md", "snippets/streams/broken.py"
_COUNTED = (_GENERATORS, "_current_positions.setdefault")
_COMPLETED = (_GENERATORS, "except BaseException")
_ONE_WRITER = (_GENERATORS, "class StreamIdGenerator(")
_ROWS_FIRST = (_REPLICATION, "self.store.process_replication_position(")
_RAISED = ("synapse/storage/util/sequence.py", "%d < %d. Updating sequence.")

FACTS = {
    "a writer counts before its first write": Fact(*_COUNTED),
    "what is in flight holds the token back": Fact(_GENERATORS, "_in_flight_fetches"),
    "an interrupted reservation is completed": Fact(*_COMPLETED),
    "a sync can be cancelled": Fact("synapse/rest/client/sync.py", "@cancellable"),
    "the position moves after the rows": Fact(*_ROWS_FIRST),
    "the one-writer generator": Fact(*_ONE_WRITER),
    "a sync waits for its token": Fact("synapse/handlers/sync.py", ".wait_for_stream_token("),
    "a token from the future is bounded": Fact(
        "synapse/streams/events.py", "Bounding token from the future"
    ),
    "a sequence behind a row is raised": Fact(*_RAISED),
    "how long a process waits for another's position": Fact(
        _REPLICATION,
        "_WAIT_FOR_REPLICATION_TIMEOUT_SECONDS = 5\n",
        _FOLLOWING,
        "Synapse waits up to five seconds",
    ),
    "what is logged when that was too short": Fact(
        _REPLICATION,
        "Timed out waiting for repl stream",
        _FOLLOWING,
        '"Timed out waiting for repl stream"',
    ),
    "a writer counts before its first write, at the twin": Fact(
        *_COUNTED,
        _TWINS,
        "Does not know a writer before it has written, like Synapse up to {before}",
    ),
    "an interrupted reservation is completed, at the twin": Fact(
        *_COMPLETED, _TWINS, "Synapse up to {before} leaks one when a request is cancelled"
    ),
    "the position moves after the rows, at the twin": Fact(
        *_ROWS_FIRST,
        _TWINS,
        "Moves the position before the rows are applied, like Synapse up to {before}",
    ),
    "a sequence behind a row is raised, at our check": Fact(
        *_RAISED,
        "snippets/streams/consistency.py",
        "Since {first} Synapse raises the sequence itself if a row is",
    ),
    "the one-writer generator, at ours": Fact(
        *_ONE_WRITER,
        "snippets/streams/stream_id_generator.py",
        "with the rules of Synapse's generator up to {last}",
    ),
}
