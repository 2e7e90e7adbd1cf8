"""The walls: a domain is reached only through its doors, raw cursors live in storage, engines take no clock."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "src" / "silkcast"
DOORS = {"api", "contracts", "events", "errors", "rest", "urls", "engine"}
# What sits above all domains puts them together: addresses, roles and the command line may open more rooms.
DOOR_DEPTH = 3  # domains/<domain>/contracts.py
ABOVE = {"project", "roles", "cli.py", "preparing.py", "demo"}


@functools.cache
def modules() -> list[tuple[Path, ast.Module]]:
    paths = [p for p in sorted(ROOT.rglob("*.py")) if not {"migrations", "node_modules"} & set(p.parts)]
    return [(path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_a_domain_is_reached_only_through_its_doors() -> None:
    broken = []
    for path, tree in modules():
        if path.parts[0] in ABOVE:
            continue
        own = path.parts[1] if path.parts[0] == "domains" and len(path.parts) > 2 else None
        for line, name in imports(tree):
            parts = name.split(".")
            if parts[:2] != ["silkcast", "domains"] or len(parts) < 4 or parts[2] == own:
                continue
            if parts[3] not in DOORS:
                broken.append(f"{path}:{line}: {name} is another domain's own; use its api, contracts or events")
    assert not broken, "\n".join(broken)


def test_raw_cursors_live_only_in_storage() -> None:
    broken = []
    for path, tree in modules():
        if path.parts[:2] == ("kernel", "storage"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"cursor", "raw", "executescript"}:
                target = node.value
                if isinstance(target, ast.Name) and target.id == "connection":
                    broken.append(f"{path}:{node.lineno}: a raw cursor is banned here, use kernel.storage.batches")
                if node.attr == "raw" and isinstance(target, ast.Attribute) and target.attr == "objects":
                    broken.append(f"{path}:{node.lineno}: raw queries are banned, use a scoped query")
    assert not broken, "\n".join(broken)


def test_engines_take_clock_and_chance_as_arguments() -> None:
    banned = {"time", "random", "secrets", "os"}
    broken = []
    for path, tree in modules():
        if "engine" not in path.parts:
            continue
        for line, name in imports(tree):
            if name.split(".")[0] in banned:
                broken.append(f"{path}:{line}: {name} is banned in an engine, take it as an argument")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
                broken.append(f"{path}:{node.lineno}: .{node.attr}() is banned in an engine, take `at` as an argument")
    assert not broken, "\n".join(broken)


def test_contracts_know_no_django() -> None:
    broken = [
        f"{path}:{line}: {name} is banned in contracts"
        for path, tree in modules()
        if path.name in {"contracts.py", "events.py", "errors.py"} and len(path.parts) == DOOR_DEPTH
        for line, name in imports(tree)
        if name.split(".")[0] == "django"
    ]
    assert not broken, "\n".join(broken)


def test_rows_are_read_across_bases_only_where_a_job_says_so() -> None:
    """`across_bases` is the long name for the exception: schedules, the relay, look-ups that find the base itself."""
    allowed = {
        "kernel/relay.py",
        "kernel/runs.py",
        "domains/base/accounts.py",
        "domains/base/queries.py",
        "domains/base/founding.py",
        "domains/catalog/queries.py",
        "domains/orders/queries.py",
        "domains/payments/queries.py",
        "domains/shipping/queries.py",
        "domains/studio/queries/live.py",
        "domains/studio/queries/shows.py",
        "roles/worker/parked.py",
    }
    found = {
        path.as_posix()
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "across_bases"
    }
    assert found == allowed, (sorted(found - allowed), sorted(allowed - found))


def test_a_domains_own_sql_names_its_own_tables_and_their_base() -> None:
    """What is written for `rows_of` and `change_each` passes no scope of ours, so it has to say it."""
    table = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE) ([a-z]+(?:_[a-z]+)+)\b")
    broken, found = [], 0
    for path, tree in modules():
        if path.parts[0] != "domains":
            continue
        for line, text in texts(tree):
            tables = table.findall(text)
            found += len(tables)
            broken += [f"{path}:{line}: {name}" for name in tables if not name.startswith(f"{path.parts[1]}_")]
            if set(tables) - {"base_base"} and "base_id" not in text:
                broken.append(f"{path}:{line}: no base_id")
    assert found
    assert not broken, "\n".join(broken)


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Each text as a whole, what stands between the braces of an f-string left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        else:
            yield from texts(node)
