"""`make update`: updates the outputs and generated parts of this site's pages."""

import sys

from tests.docs.harness.update import update
from tests.docs.plugin import SITE

if __name__ == "__main__":
    sys.exit(update(SITE))
