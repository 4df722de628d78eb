"""Upgrade notes as data, and which of them concern you. Needs PyYAML.

- A *note* is one change that came with a release. Its *effect*: it stops Synapse, you must act, or
  it is good to know.
- A *condition* says which configurations a note concerns, by the values of their options.
- A note's *proof* is an *observation* of the release before and of its own (`shared.history`), a
  test that starts both, or a line of their source; or the reason why there is none.
- *Advice* is what a note says to one configuration: it applies, it does not, or the file cannot
  tell. A note is *folded* when a later one on the way undoes it.
"""
