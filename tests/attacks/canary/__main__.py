"""`python -m tests.attacks.canary`."""

import sys

from tests.attacks.canary.walk import main

if __name__ == "__main__":
    sys.exit(main())
