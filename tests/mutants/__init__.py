"""Do the tests notice an error? `make mutants` makes errors in `snippets/` and counts.

- A *mutant* is `snippets/` with one small change: another operator or constant, a condition that
  always or never holds, a call that is left out (`change`).
- Tests *kill* it when one of them fails. Otherwise it *survives*: a test is missing, or the change
  makes no difference. `harmless.yaml` says of which survivor the second holds, and why.
- The *clean run* comes first, without a change. It says which tests execute which line and how
  long they take, so that a mutant meets only the tests that could notice it (`run`). `forks` lets
  each run of pytest start at once.

`result.json` keeps the latest run. Of the libraries that do this, mutmut 3 rewrites each function,
which tests that read the source would notice, and mutatest is no longer kept. cosmic-ray and poodle
run one command for every mutant: without a choice of tests 300 mutants take most of a day.
"""


class Impossible(Exception):
    """A run that cannot be made; the message says why in one line."""
