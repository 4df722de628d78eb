"""Upgrade notes as data, and which of them concern a configuration. Needs PyYAML.

- A *note* is one change in a release. Its *effect*: it stops Synapse, you must act, or it is good
  to know.
- A *condition* says which configurations a note concerns, by the values of their options.
- A note's *proof* is an *observation* of the release before and of its own (`shared.history`), a
  test that starts both, or a line of their source; or the reason why it has none.
- *Advice* is a note for one configuration: it applies, it does not, or the files cannot tell. It is
  *folded* if a later note of the same upgrade undoes it.
"""
