"""The code that the pages show and run: one package per subject, standard library first."""

__version__ = "0.1.0"
