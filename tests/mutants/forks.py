"""Runs pytest again and again, each time in a fork of a process that has it loaded.

It reads a line of JSON for each run, the seconds it may take and pytest's arguments, and answers
with a line: how pytest ended. It runs in a copy of the repository and imports nothing from here.
"""

import importlib
import json
import os
import signal
import sys
from typing import NoReturn

import pytest

for slow in ("asyncio", "unittest.mock"):  # plugins need them: read once, before the forks
    importlib.import_module(slow)


def late(*_: object) -> NoReturn:
    """Interrupts the run, so that it stops what it started; it has ten seconds for that."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(10)
    raise KeyboardInterrupt


def run(seconds: int, arguments: list[str]) -> int:
    """Pytest's status; another one where it takes longer than that."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, late)
        signal.alarm(seconds)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        os._exit(pytest.main(arguments))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        print(run(*json.loads(line)), flush=True)
