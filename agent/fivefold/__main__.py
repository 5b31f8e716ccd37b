"""`python -m fivefold` is the command `fivefold`."""

import sys

from fivefold.commands.cli import main

sys.exit(main())
