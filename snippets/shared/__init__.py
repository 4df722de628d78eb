"""What every subject stands on: releases and what was recorded of them, YAML files, commands.

It imports no subject.
"""
