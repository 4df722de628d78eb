"""The built site, as readers get it."""

PATIENCE_MS = 120_000  # for a browser on a machine that is busy
