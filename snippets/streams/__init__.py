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

To understand the package read `stream_id_generator`, `positions`, `multi_writer_id_generator`,
`reader` and `exploration`, in this order. The rest is storage (`storage`, `start`, `outage` and
the databases), the wire (`replication`, the buses, `writer`), drawing, and the demo.
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
from snippets.streams.writer import Writer

__all__ = [
    "CONNECTED",
    "BadCommand",
    "BusUnavailable",
    "Database",
    "DatabaseUnavailable",
    "Exploration",
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
