"""Streams: the ordered logs by which Synapse's processes learn what changed.

The names are Synapse's own, so that you can search upstream for the same word.
"""

from snippets.streams.schedule import ScheduleError, Step, parse_schedule
from snippets.streams.stream_id_generator import StreamIdGenerator
from snippets.streams.timeline import timeline_svg
from snippets.streams.trace import Row, markdown_table, trace

__all__ = [
    "Row",
    "ScheduleError",
    "Step",
    "StreamIdGenerator",
    "markdown_table",
    "parse_schedule",
    "timeline_svg",
    "trace",
]
