"""So that `python -m silkcast` and the `silkcast` command are one thing."""

from __future__ import annotations

from silkcast.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
