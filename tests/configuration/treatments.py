"""What real Synapses do with the spread of values of each option: asked, recorded, compared."""

import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from snippets.configuration.outcomes import FILE, Outcome
from snippets.shared.history import options_of, read_history
from tests.configuration.treated_values import SPREAD, parsed
from tests.real import synapse
from tests.real.releases import COMPARED

DRIVER = Path(__file__).with_name("synapse_treatment_driver.py")
AT_ONCE = 60  # options for one start of the driver; then progress is shown
Answers = dict[str, dict[str, Any]]  # by option


def searched(release: str) -> Answers:
    """The driver's answer for each option that the release looks up. This takes minutes."""
    options = sorted(options_of(read_history(), release))
    values = [parsed(text) for text in SPREAD]
    python, found = synapse.python(release), Answers()
    for start in range(0, len(options), AT_ONCE):
        part = options[start : start + AT_ONCE]
        requests = [{"option": option, "values": values, "needs": None} for option in part]
        found |= zip(part, synapse.ask(python, DRIVER, requests), strict=True)
        print(f"  {release}: {len(found)} of {len(options)} options", flush=True)
    return found


def asked(release: str, pairs: Iterable[tuple[str, Any, Any]]) -> Iterator[tuple[Any, Outcome]]:
    """The file with each option, value and what the option needs, and what the release does."""
    requests = [{"option": option, "values": [v], "needs": needs} for option, v, needs in pairs]
    for answer in synapse.ask(synapse.python(release), DRIVER, requests):
        yield answer["files"][0], outcome_of(answer["there"][0])


def outcome_of(one: list[Any]) -> Outcome:
    """The driver's outcome."""
    return Outcome(one[1], {}, []) if one[0] == "refuses" else Outcome(None, *one[1:])


def recorded(answers: dict[str, Answers]) -> dict[str, Any]:
    """The content of the recording: alike outcomes and alike profiles are stored once.

    An option has an entry for each release that differs from the one before; null if the release
    does not look it up. One of which no value was read is left out, since what it needs was not
    found, unless Synapse says that the option is gone.
    """
    outcomes: dict[str, int] = {}
    profiles: dict[str, int] = {}
    options: dict[str, dict[str, Any]] = {}
    for option in sorted(set().union(*answers.values())):
        before = None
        for release, by_option in answers.items():
            entry = _entry(by_option.get(option, {}), outcomes, profiles)
            if entry != before:
                options.setdefault(option, {})[release] = before = entry
    return {
        "values": SPREAD,
        "releases": list(answers),
        "outcomes": [json.loads(one) for one in outcomes],
        "profiles": [json.loads(row) for row in profiles],
        "options": options,
    }


_GONE = re.compile("no longer|was removed")


def _entry(
    answer: dict[str, Any], outcomes: dict[str, int], profiles: dict[str, int]
) -> dict[str, Any] | None:
    tried = {where: answer[where] for where in ("bare", "there") if answer.get(where)}
    every = [one for row in tried.values() for one in row]
    read = [one[1] for one in every if one[0] == "reads"]
    if not read and not answer.get("words") and not any(_GONE.search(one[1]) for one in every):
        return None
    attributes = sorted(set().union(*read))
    entry: dict[str, Any] = {"attributes": attributes}
    for where, row in tried.items():
        texts = [json.dumps(_outcome(one, attributes)) for one in row]
        numbers = [outcomes.setdefault(text, len(outcomes)) for text in texts]
        entry[where] = profiles.setdefault(json.dumps(numbers), len(profiles))
    return entry | {name: answer[name] for name in ("needs", "words") if answer[name]}


def _outcome(one: list[Any], attributes: list[str]) -> list[Any]:
    if one[0] == "refuses":
        return [one[1], {}, []]
    return [None, {str(attributes.index(name)): to for name, to in one[1].items()}, one[2]]


def written(content: dict[str, Any]) -> str:
    """The text of the file, with a line for each entry, so that diffs are readable."""
    parts = []
    for name, part in content.items():
        if isinstance(part, dict):
            lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in part.items())
            parts.append(f"{json.dumps(name)}: {{\n{lines}\n}}")
        elif isinstance(part, list) and part and isinstance(part[0], list):
            lines = ",\n".join(json.dumps(line, separators=(",", ":")) for line in part)
            parts.append(f"{json.dumps(name)}: [\n{lines}\n]")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(part)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(day: str) -> None:
    """Records both releases anew."""
    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(COMPARED, pool.map(searched, COMPARED), strict=True))
    FILE.write_text(written({"recorded": day, **recorded(answers)}), "utf-8")
    print(f"recorded {FILE.name}")
