"""Streams: the ordered logs by which Synapse's processes learn what changed.

The names are Synapse's own, so that you can search upstream for the same word.
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
