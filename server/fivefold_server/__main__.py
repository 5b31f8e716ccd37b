"""`python -m fivefold_server`: the same as `fivefold serve`."""

from __future__ import annotations

import sys

from fivefold.commands.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
