"""Sentences on streams that name a release, each with the text in Synapse's source for it."""

from tests.real.source import Fact

_GENERATORS = "synapse/storage/util/id_generators.py"
_WRONG, _REPAIR = "streams/when-streams-go-wrong.md", "streams/repairing-a-stream.md"
_RAISED = ("synapse/storage/util/sequence.py", "%d < %d. Updating sequence.")

FACTS = {
    "a writer counts before its first write": Fact(
        _GENERATORS,
        "_current_positions.setdefault",
        _WRONG,
        "Up to {before} Synapse did not count a writer before its first write",
    ),
    "what is in flight holds the token back": Fact(
        _GENERATORS, "_in_flight_fetches", _WRONG, "Mended in {first} ([#11045]"
    ),
    "an interrupted reservation is completed": Fact(
        _GENERATORS,
        "except BaseException",
        _WRONG,
        "up to {before} a request that was cancelled between the number's arrival and the block",
    ),
    "a sync can be cancelled": Fact(
        "synapse/rest/client/sync.py",
        "@cancellable",
        _WRONG,
        "Since {first} a `/sync` can be cancelled",
    ),
    "the position moves after the rows": Fact(
        "synapse/replication/tcp/client.py",
        "self.store.process_replication_position(",
        _WRONG,
        "Up to {before} a process moved its position first",
    ),
    "the one-writer generator": Fact(
        _GENERATORS,
        "class StreamIdGenerator(",
        _WRONG,
        "Up to {last} most streams had the one-writer generator",
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
        "streams/following-a-stream.md",
        "Synapse waits up to five seconds",
    ),
    "what is logged when that was too short": Fact(
        "synapse/replication/tcp/client.py",
        "Timed out waiting for repl stream",
        "streams/following-a-stream.md",
        '"Timed out waiting for repl stream"',
    ),
}
