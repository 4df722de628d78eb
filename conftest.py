"""Loads the page tests; it stands here so that `pytest docs/streams/index.md` finds it too."""

pytest_plugins = ["tests.docs.plugin", "tests.real.fixtures", "tests.real.provenance"]
