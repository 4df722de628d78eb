"""Loads the page tests; it stands here so that `pytest docs/streams/index.md` finds it too."""

pytest_plugins = [
    "tests.real.fixtures",
    "tests.real.provenance",
    "tests.docs.harness.plugin",
    "tests.docs.plugin",  # last: it imports from the others
]
