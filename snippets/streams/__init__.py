"""Streams: the ordered logs from which Synapse's processes learn what changed.

The names are Synapse's own, so you can search its source for the same word:

- A *fact* is one change, such as an event or a receipt. A *stream* is the log of all facts of one
  kind; each has a *stream ID*, and IDs count up (down from -1 in a *negative* stream).
- A *writer* is a process that writes facts; its *instance name* is its `worker_name`, or "master".
  It *reserves* an ID on entering `with generator.get_next()`, and *completes* it on leaving. In
  between the ID is *pending*: nobody can know yet whether the fact will be written.
- A *token* says how far a stream can be read without missing a fact that is written later. The
  *current stream ID* is that of one writer: the last ID before its oldest pending one. The *linear
  token* is that of all writers together. Neither ever goes back.
- A writer's *position* is the ID up to which its facts are complete. Every process has a view of
  all *positions*; it *advances* another writer's when that writer announces a new one.
- A *reader* follows a stream: it applies *rows* (RDATA) and positions (POSITION) in order, and
  *catches up* from the database after a gap.
- A *twin* is a class with one deliberate mistake: see `broken`.

The modules, each after those that it imports. Read the ones with a star first.

IDs and tokens:

- `sequence`: numbers that no two writers share
- `reservation`: the context managers of the generators
- `stream_id_generator` *: the IDs of a stream with one writer
- `positions` *: the position of each writer, as one process knows it
- `multi_writer_id_generator` *: the IDs of a stream with several writers
- `stream_token`: the token that a client gets

Storage:

- `database`: what a stream needs from a database
- `sqlite`, `postgresql`, `open_database`: the two databases, and how to open one by its address
- `consistency`: the three numbers that must agree, and their repair
- `tables`: a stream's tables and the SQL on them
- `start`: the positions with which a process starts
- `outage`: continuing after an outage of the database
- `storage`: facts, sequence and positions, written in Synapse's order

Between processes:

- `replication`: the three commands
- `bus`, `redis_bus`: carrying commands to all others, within a process and over Redis
- `writer`, `reader` *: announcing facts, and following a stream

Mistakes, and how they are found:

- `broken`: the twins
- `world`, `following`: one state of a small stream, for generators and for readers
- `exploration` *: every schedule from a state on, and the shortest that breaks a promise

What pages show:

- `schedule`, `trace`: a notation for what writers do, and the current stream ID after each step
- `timeline`, `pictures`: drawings
- `worked_examples`: streams that run while the page is generated
- `catalogue`, `recorded_tables`: tables of Synapse's streams, and of recordings
- `demo_processes`, `demo`: `python3 -m snippets.streams demo`
"""

from snippets.streams.bus import CONNECTED, BusUnavailable, InProcessBus
from snippets.streams.consistency import (
    InconsistentStream,
    Numbers,
    check_consistency,
    read_numbers,
    repair,
    stuck_writers_sql,
)
from snippets.streams.database import Database, DatabaseUnavailable
from snippets.streams.exploration import Exploration, explore
from snippets.streams.following import Following
from snippets.streams.multi_writer_id_generator import (
    MultiWriterIdGenerator,
    NotAWriter,
    UnknownWriter,
)
from snippets.streams.open_database import open_database
from snippets.streams.reader import Reader
from snippets.streams.replication import (
    BadCommand,
    Position,
    Rdata,
    Replicate,
    UnknownCommand,
    parse_command,
)
from snippets.streams.schedule import ScheduleError, Step, parse_schedule
from snippets.streams.sequence import MemorySequence, Sequence
from snippets.streams.storage import StreamStore, WriterIsRunning
from snippets.streams.stream_id_generator import StreamIdGenerator
from snippets.streams.stream_token import room_stream_token
from snippets.streams.tables import Updates
from snippets.streams.timeline import timeline_svg
from snippets.streams.trace import Row, markdown_table, trace
from snippets.streams.world import World
from snippets.streams.writer import Writer

__all__ = [
    "CONNECTED",
    "BadCommand",
    "BusUnavailable",
    "Database",
    "DatabaseUnavailable",
    "Exploration",
    "Following",
    "InProcessBus",
    "InconsistentStream",
    "MemorySequence",
    "MultiWriterIdGenerator",
    "NotAWriter",
    "Numbers",
    "Position",
    "Rdata",
    "Reader",
    "Replicate",
    "Row",
    "ScheduleError",
    "Sequence",
    "Step",
    "StreamIdGenerator",
    "StreamStore",
    "UnknownCommand",
    "UnknownWriter",
    "Updates",
    "World",
    "Writer",
    "WriterIsRunning",
    "check_consistency",
    "explore",
    "markdown_table",
    "open_database",
    "parse_command",
    "parse_schedule",
    "read_numbers",
    "repair",
    "room_stream_token",
    "stuck_writers_sql",
    "timeline_svg",
    "trace",
]
