"""What every subject stands on. It imports no subject.

- `release`: a release of Synapse, and the oldest and newest that were run.
- `history`: what every release was observed to do.
- `document`: a YAML file, with the line of each value.
- `command_line`: how the tools read arguments, refuse and print.
- `proof`: the figures that pages show of the last whole test run.
"""
