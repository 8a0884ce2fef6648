"""`python -m govsim`: the command line."""

from __future__ import annotations

import sys

from govsim.cli.main import script

if __name__ == "__main__":
    sys.exit(script())
