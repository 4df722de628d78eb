"""`make update`: writes into this site's pages what they should show."""

import sys

from tests.docs.harness.update import update
from tests.docs.plugin import SITE

if __name__ == "__main__":
    sys.exit(update(SITE))
