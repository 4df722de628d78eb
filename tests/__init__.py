"""The tests of this guide, and where the guide is."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
