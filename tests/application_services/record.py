"""`make record`: records what real homeservers ask an application service."""

import datetime
import json
import sys
from typing import Any

from snippets.application_services import Arrived
from snippets.application_services.tables import ERRORS, REGISTRATIONS, TOKEN
from tests.application_services import registrations
from tests.application_services.homeservers import (
    CASES,
    HS_TOKEN,
    Case,
    asked,
    first_headers,
    first_of_each,
)
from tests.application_services.misbehaving import synapses
from tests.real import Missing, synapse

# By call: the method, the target, and where the token was.
Calls = dict[str, list[object]]


def calls(arrived: list[Arrived]) -> Calls:
    """What is recorded of a release's requests. Transactions get numbers from 1."""
    return {
        call: [request.method, request.target, request.token_in(HS_TOKEN)]
        for call, request in first_of_each(arrived).items()
    }


def recorded(case: Case) -> dict[str, Any]:
    """The same from a run now, and whether the homeserver warned of the option."""
    run = asked(case)
    return {"warned": run.warned, "calls": calls(run.arrived)}


def main() -> int:
    today = datetime.date.today().isoformat()
    try:
        cases = {case.name: recorded(case) for case in CASES}
        headers = {release: first_headers(release) for release in ("1.70.0", "1.70.1")}
        errors = {release: synapses(release) for release in synapse.LIVE}
        files = {release: registrations.recorded(release) for release in synapse.COMPARED}
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    for path, found in (
        (TOKEN, {"cases": cases, "headers": headers}),
        (ERRORS, {"releases": errors}),
        (REGISTRATIONS, {"releases": files}),
    ):
        text = json.dumps({"recorded": today, **found}, indent=1, ensure_ascii=False)
        path.write_text(f"{text}\n", "utf-8")
    print(f"recorded {len(cases)} homeservers and their application service")
    return 0


if __name__ == "__main__":
    sys.exit(main())
