"""The style that a machine can hold: sizes, names, words in two languages, links that lead somewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "silkcast"
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
BANNED_FILES = {"utils", "helpers", "misc", "common", "base2", "data", "info", "process", "manager", "service"}
BANNED_PREFIXES = ("handle_", "do_")
PLACEHOLDER = re.compile(r"{(\w+)}")
# Methods whose names outside interfaces fix.
GIVEN_NAMES = {"do_GET", "do_POST"}


def sources(*roots: Path) -> Iterator[Path]:
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if "migrations" not in path.parts and "node_modules" not in path.parts:
                yield path


def templates() -> dict[str, str]:
    """The text of every template, by the name that others call it by."""
    found = (path for path in sorted(SOURCE.glob("**/templates/**/*.html")) if "node_modules" not in path.parts)
    return {path.as_posix().partition("/templates/")[2]: path.read_text(encoding="utf-8") for path in found}


def test_files_and_functions_stay_small() -> None:
    broken = []
    for path in sources(SOURCE, ROOT / "tests"):
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > FILE_LINES_MAX:
            broken.append(f"{path.relative_to(ROOT)}: {len(text.splitlines())} lines; split by subject")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    broken.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {lines} lines")
    assert not broken, "\n".join(broken)


def test_names_are_the_trades_own() -> None:
    broken = []
    for path in sources(SOURCE):
        if path.stem in BANNED_FILES:
            broken.append(f"{path.relative_to(ROOT)}: {path.stem} names no subject")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
            if named.startswith(BANNED_PREFIXES) and named not in GIVEN_NAMES:
                broken.append(f"{path.relative_to(ROOT)}: {named} says nothing, use a verb of the trade")
    assert not broken, "\n".join(broken)


def test_every_code_is_said_in_both_languages_with_the_same_facts() -> None:
    broken = []
    for path in sorted(SOURCE.rglob("locale/words.json")):
        for code, sentences in json.loads(path.read_text(encoding="utf-8")).items():
            if set(sentences) != {"en", "zh"} or not all(text.strip() for text in sentences.values()):
                broken.append(f"{path.relative_to(ROOT)}: {code} lacks a language")
            elif set(PLACEHOLDER.findall(sentences["en"])) != set(PLACEHOLDER.findall(sentences["zh"])):
                broken.append(f"{path.relative_to(ROOT)}: {code} uses other facts in one language")
    assert not broken, "\n".join(broken)


def test_every_error_code_has_a_sentence() -> None:
    from silkcast.kernel.words import catalogue

    missing = []
    for path in sources(SOURCE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            for statement in node.body:
                targets = statement.targets if isinstance(statement, ast.Assign) else []
                names = [target.id for target in targets if isinstance(target, ast.Name)]
                if (
                    names == ["code"]
                    and isinstance(statement, ast.Assign)
                    and isinstance(statement.value, ast.Constant)
                ):
                    code = str(statement.value.value)
                    if "." in code and code not in catalogue():
                        missing.append(f"{path.relative_to(ROOT)}:{node.lineno}: {code}")
    assert not missing, "\n".join(missing)


def test_every_action_and_event_is_explained_in_both_languages() -> None:
    from silkcast.kernel.actions import ACTIONS
    from silkcast.kernel.events import TOPICS
    from silkcast.kernel.words import catalogue

    wanted = {name for action in ACTIONS for name in (action, f"{action}.help")} | set(TOPICS)
    assert wanted <= set(catalogue()), sorted(wanted - set(catalogue()))


def test_every_action_has_a_permission_that_some_role_or_only_the_system_holds() -> None:
    from silkcast.domains.base.api import SCOPES, VERBS
    from silkcast.domains.base.roles import BUYER_VERBS, OWN
    from silkcast.kernel.actions import ACTIONS

    held = frozenset[str]().union(*VERBS.values(), *SCOPES.values(), BUYER_VERBS, OWN)
    system_only = {
        "base.accept_invitation",
        "orders.complete_kept",
        "orders.expire_hold",
        "orders.note_delivery",
        "orders.settle_refund",
        "orders.settle_return",
        "orders.ship",
        "shipping.record_label",
        "shipping.record_steps",
        "studio.record_room_events",
    }
    nobody = {name for name, declared in ACTIONS.items() if declared.permission not in held}
    assert nobody == system_only


def test_relative_links_in_the_docs_lead_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, "\n".join(broken)


def test_every_icon_is_drawn_and_none_is_missing() -> None:
    from silkcast.kernel.actions import ACTIONS

    symbols = set(re.findall(r'<symbol id="(\w+)"', (SOURCE / "ui/static/ui/icons.svg").read_text(encoding="utf-8")))
    drawn = {declared.icon for declared in ACTIONS.values()}
    for text in templates().values():
        drawn |= set(re.findall(r'(?:\bicon=|\blayout=|ui/icon\.html" name=)"(\w+)"', text))
    assert drawn == symbols


def test_every_template_is_named_by_another_or_by_python() -> None:
    words, made = set[str](), set[str]()
    for path in sources(SOURCE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            elif isinstance(node, ast.JoinedStr):  # f"shop/_{part}.html", where the part stands as a word elsewhere
                parts = (re.escape(str(p.value)) if isinstance(p, ast.Constant) else r"(\w+)" for p in node.values)
                made.add("".join(parts))
    pages = templates()
    unused = []
    for name in pages:
        is_included = any(f'"{name}"' in text for other, text in pages.items() if other != name)
        matches = [found for pattern in made if (found := re.fullmatch(pattern, name))]
        is_made = any(set(found.groups()) <= words for found in matches)
        if not (is_included or is_made or {name, name.rpartition("/")[2]} & words):
            unused.append(name)
    assert not unused, unused


def test_no_generated_or_secret_file_is_tracked() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    suspicious = [name for name in tracked if name.endswith((".mo", ".key", ".db", ".pyc")) or "/built/" in name]
    assert not suspicious
    for name in tracked:
        if name.endswith((".lock", "package-lock.json")):
            text = (ROOT / name).read_text(encoding="utf-8")
            assert '"resolved"' not in text and "--index-url" not in text and "--find-links" not in text, name
