"""Says whether a release of Synapse takes registration files.

This file runs in the environment of a release. It reads a line of JSON for each list of files,
each as YAML text, and prints null or the error, in which a file's path is its number.
"""

import logging
import re
import tempfile
from pathlib import Path

from synapse.config.appservice import load_appservices

from tests.real.driver import serve


def answer(texts: list[str]) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, text in enumerate(texts):
            names.append(str(Path(folder, f"{number}.yaml")))
            Path(names[-1]).write_text(text)
        try:
            load_appservices("example.com", names)
        except Exception as raised:  # of any kind: Synapse does not start
            said = re.sub(rf"{re.escape(folder)}/(\d+)\.yaml", r"file \1", str(raised))
            return f"{type(raised).__name__}: {said}"
    return None


if __name__ == "__main__":
    logging.disable()
    serve(answer)
