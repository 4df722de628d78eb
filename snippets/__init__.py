"""The code that the pages show and run: one package per subject, standard library first."""
