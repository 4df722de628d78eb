"""The measures of the built site: `python -m tests.audit`, or `make audit`, prints them all.

The stable ones are tests: `tests/site/test_measures.py`, and each page in `test_built_site.py`.
"""
