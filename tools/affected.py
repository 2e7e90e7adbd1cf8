"""Which tests a change touches: by who imports whom, by folder, and for pages and words by their domain.

In doubt all fast tests: of a file that is no source of ours nobody knows who reads it.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
ALWAYS = frozenset({"tests/test_tidy.py", "tests/test_architecture.py", "tests/test_reference.py"})
OURS = re.compile(r"(?:silkcast|tests|tools)(?:\.\w+)*")
# It loads every declaration there is for each test; what a test says of them, it imports.
LOADS_EVERYTHING = "tests.conftest"
PAGES = {"templates", "static", "styles", "locale"}


@dataclass(frozen=True)
class Chosen:
    """Files of tests: those of which the fast tests run, None for all, and those of which the slow ones run."""

    fast: frozenset[str] | None
    slow: frozenset[str]


def sources(root: Path = ROOT) -> dict[str, str]:
    """The text of each Python file of ours, by its path from the root."""
    found = (path for top in ("src/silkcast", "tests", "tools") for path in sorted((root / top).rglob("*.py")))
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in found
        if "node_modules" not in path.parts
    }


def changes(base: str, root: Path = ROOT) -> set[str]:
    """What differs from where this branch left `base`, committed or not; nothing where there is no such base."""
    left = git(root, "merge-base", base, "HEAD")
    if not left:
        return set()
    return {*git(root, "diff", "--name-only", "--no-renames", left[0]), *git(root, *UNTRACKED)}


UNTRACKED = ("ls-files", "--others", "--exclude-standard")


def git(root: Path, *arguments: str) -> list[str]:
    command = ["/usr/bin/env", "git", "-c", "core.quotePath=off", *arguments]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True)
    return told.stdout.splitlines() if told.returncode == 0 else []


def module_of(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[1:] if parts[0] == "src" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def affected(changed: Iterable[str], texts: Mapping[str, str]) -> Chosen:
    changed = set(changed)
    tests = {path for path in texts if PurePosixPath(path).name.startswith("test_")}
    modules, fast, slow, in_doubt = set[str](), set(ALWAYS & tests), set[str](), not changed
    for path in sorted(changed):
        top, *parts = PurePosixPath(path).parts
        if path in tests:
            fast.add(path)
            slow.add(path)
        elif top == "tests" and parts[1:] and path in texts:
            modules.add(module_of(path))
            fast |= _within(PurePosixPath(path).parent, tests)
        elif parts[:1] == ["silkcast"] and "migrations" not in parts and (path in texts or PAGES & set(parts)):
            beside = _beside(parts[1:], tests)
            fast |= beside
            slow |= beside
            if PAGES & set(parts):
                slow |= _within(PurePosixPath("tests/browser"), tests)
                modules |= {name for name in map(module_of, texts) if name.startswith(_domain(parts))}
            else:
                modules.add(module_of(path))
        elif top != "docs" and not (path.endswith(".md") and not parts):
            in_doubt = True
    touched = _importers(modules, _imports(texts))
    fast |= {path for path in tests if module_of(path) in touched}
    return Chosen(fast=None if in_doubt else frozenset(fast), slow=frozenset(slow))


def _within(folder: PurePosixPath, tests: set[str]) -> set[str]:
    return {path for path in tests if folder in PurePosixPath(path).parents}


def _beside(parts: list[str], tests: set[str]) -> set[str]:
    """The tests of the same place: of the domain, or of the layer and what it is divided into."""
    for depth in (2, 1):
        if found := _within(PurePosixPath("tests", *parts[:-1][:depth]), tests):
            return found if len(parts) > 1 and (depth == 2 or parts[0] != "domains") else set()
    return set()


def _domain(parts: list[str]) -> str:
    return ".".join(parts[: 3 if parts[1] == "domains" else 2])


def _imports(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """By module, the modules of ours that it names: in imports, strings, beginnings of strings, or as `-m silkcast`."""
    known = {module_of(path) for path in texts}
    found: dict[str, set[str]] = {}
    for path, text in texts.items():
        module = module_of(path)
        named = {name for name in _named(ast.parse(text)) if module != LOADS_EVERYTHING}
        prefixes = {name for name in named if name.endswith(".")}
        exact = {known_as for name in named - prefixes if (known_as := _longest(name, known))}
        if PurePosixPath(path).name.startswith("test_"):
            exact |= {module_of(f"{folder}/conftest.py") for folder in PurePosixPath(path).parents} & known
        packages = {name.rpartition(".")[0] for name in (module, *exact)} & known
        found[module] = {name for name in known if name.startswith(tuple(prefixes))} | exact | packages
    return found


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)
            if node.module == "django.test":  # its client reaches every page
                yield "silkcast.project.urls"
        elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            beginning = str(node.values[0].value)
            yield from [beginning] if beginning.endswith(".") and OURS.fullmatch(beginning[:-1]) else []
        elif isinstance(node, ast.List | ast.Tuple):
            words = [each.value if isinstance(each, ast.Constant) else None for each in node.elts]
            yield from ("silkcast.cli" for pair in pairwise(words) if pair == ("-m", "silkcast"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            yield from [node.value] if OURS.fullmatch(node.value) else []


def _longest(name: str, known: set[str]) -> str:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def _importers(modules: set[str], imports: Mapping[str, set[str]]) -> set[str]:
    """The modules themselves and whatever comes to import one of them."""
    by = defaultdict[str, set[str]](set)
    for module, named in imports.items():
        for name in named:
            by[name].add(module)
    reached, left = set(modules), list(modules)
    while left:
        for module in by[left.pop()] - reached:
            reached.add(module)
            left.append(module)
    return reached
