"""Modules that every subject uses. None of them imports a subject.

- `release`: a release of Synapse, and the oldest and newest ones that were run.
- `history`: what was observed of every release.
- `document`: a YAML file, with the line of each value.
- `command_line`: how the tools read arguments, report errors and print.
- `drawing`, `diagrams`, `markdown`: the parts of generated pictures and tables.
- `proof`: the figures of the last full test run, as pages show them.
"""
