"""Loads the page tests; it stands here so that `pytest docs/streams/index.md` finds it too."""

pytest_plugins = ["pytester", "tests.docs.plugin", "tests.real.fixtures"]
