"""Reports whether a release of Synapse accepts registration files.

This file runs in the environment of a release. Each line that it reads is a JSON list of files,
each as YAML text. It prints null or the error, with each file's path replaced by its number.
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
        except Exception as raised:  # any error: Synapse does not start
            error = re.sub(rf"{re.escape(folder)}/(\d+)\.yaml", r"file \1", str(raised))
            return f"{type(raised).__name__}: {error}"
    return None


if __name__ == "__main__":
    logging.disable()
    serve(answer)
