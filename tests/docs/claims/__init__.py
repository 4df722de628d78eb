"""Claims: what a page says in words, and how it is known.

A passage is a hand-written paragraph, list item or table row. It ends with a mark, `[=label]`. The
label is proven elsewhere:

- *run*: a test names it, `@pytest.mark.proves("label")`; `[=below]` and `[=above]` stand for the
  block or the generated part next to the passage, which the tests of pages run and compare;
- *recorded*: `claims.yaml` of a subject names a recording and an entry of it;
- *read*: `claims.yaml` names a file of a release of Synapse, and a text that stands there.

A passage that claims nothing says so: `[=definition]`, `[=instruction]`, `[=navigation]`,
`[=opinion]`. A mark behind a colon, above a list or a table, covers all of it.
"""
