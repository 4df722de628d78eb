"""Sentences about streams that name a release, with the texts in Synapse's source as proof."""

from tests.real.source import Fact

_GENERATORS = "synapse/storage/util/id_generators.py"
_WRONG, _REPAIR = "docs/streams/when-streams-go-wrong.md", "docs/streams/repairing-a-stream.md"
_TWINS = "snippets/streams/broken.py"
_COUNTED = (_GENERATORS, "_current_positions.setdefault")
_COMPLETED = (_GENERATORS, "except BaseException")
_ROWS_FIRST = ("synapse/replication/tcp/client.py", "self.store.process_replication_position(")
_RAISED = ("synapse/storage/util/sequence.py", "%d < %d. Updating sequence.")

FACTS = {
    "a writer counts before its first write": Fact(
        *_COUNTED,
        _WRONG,
        "Up to {before} Synapse did not count a writer before its first write",
    ),
    "what is in flight holds the token back": Fact(
        _GENERATORS, "_in_flight_fetches", _WRONG, "Mended in {first} ([#11045]"
    ),
    "an interrupted reservation is completed": Fact(
        *_COMPLETED,
        _WRONG,
        "Up to {before} a request leaked its ID if it was cancelled after the number came",
    ),
    "a sync can be cancelled": Fact(
        "synapse/rest/client/sync.py",
        "@cancellable",
        _WRONG,
        "Since {first} a `/sync` can be cancelled",
    ),
    "the position moves after the rows": Fact(
        *_ROWS_FIRST,
        _WRONG,
        "Up to {before} a process moved its position first",
    ),
    "the one-writer generator": Fact(
        _GENERATORS,
        "class StreamIdGenerator(",
        _WRONG,
        "Up to {last} four streams had the one-writer generator",
    ),
    "a sync waits for its token": Fact(
        "synapse/handlers/sync.py",
        ".wait_for_stream_token(",
        _WRONG,
        "In {first} it waits for ten seconds",
    ),
    "a token from the future is bounded": Fact(
        "synapse/streams/events.py",
        "Bounding token from the future",
        _WRONG,
        'Since {first} Synapse lowers such a token and logs "Bounding token from the future"',
    ),
    "a sequence behind a row is raised": Fact(
        *_RAISED, _REPAIR, "Since {first} Synapse raises the sequence itself"
    ),
    "a sequence behind a row is raised, in the table": Fact(
        *_RAISED, _REPAIR, "a row is beyond the sequence (mended by itself since {first})"
    ),
    "how long a process waits for another's position": Fact(
        "synapse/replication/tcp/client.py",
        "_WAIT_FOR_REPLICATION_TIMEOUT_SECONDS = 5\n",
        "docs/streams/following-a-stream.md",
        "Synapse waits up to five seconds",
    ),
    "what is logged when that was too short": Fact(
        "synapse/replication/tcp/client.py",
        "Timed out waiting for repl stream",
        "docs/streams/following-a-stream.md",
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
    "the one-writer generator, at its speed": Fact(
        _GENERATORS,
        "class StreamIdGenerator(",
        "docs/speed.md",
        "Up to {last}, Synapse also has a generator for streams with one writer",
    ),
    "the one-writer generator, at ours": Fact(
        _GENERATORS,
        "class StreamIdGenerator(",
        "snippets/streams/stream_id_generator.py",
        "with the rules of Synapse's generator up to {last}",
    ),
}
