"""A change runs the tests of whatever imports it, of its domain and of its pages; in doubt all fast tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tools.affected import ALWAYS, Chosen, affected, changes, sources

TREE = {
    "src/silkcast/kernel/money.py": "",
    "src/silkcast/kernel/clock.py": "",
    "src/silkcast/domains/orders/__init__.py": "",
    "src/silkcast/domains/orders/api.py": "def later():\n    from silkcast.kernel import money",
    "src/silkcast/domains/shop/pages.py": "from silkcast.domains.orders.api import later",
    "src/silkcast/domains/shop/urls.py": "import silkcast.domains.shop.pages",
    "src/silkcast/domains/payments/adapters/__init__.py": 'GATEWAY = "silkcast.domains.payments.adapters.sandbox"',
    "src/silkcast/domains/payments/adapters/sandbox.py": "",
    "src/silkcast/roles/web.py": "",
    "src/silkcast/cli.py": 'def role(name): return f"silkcast.roles.{name}"',
    "src/silkcast/project/urls.py": 'PAGES = include("silkcast.domains.shop.urls")',
    "src/silkcast/media/mixer.py": "",
    "tests/conftest.py": "import silkcast.domains.shop.urls, silkcast.media.mixer",
    "tests/cast.py": "from silkcast.domains.orders import api",
    "tests/kernel/test_money.py": "from silkcast.kernel.money import Money",
    "tests/domains/orders/test_orders.py": "from tests.cast import cast",
    "tests/domains/shop/conftest.py": "import silkcast.kernel.clock",
    "tests/domains/shop/test_pages.py": "from django.test import Client",
    "tests/domains/payments/test_gateways.py": "from silkcast.domains.payments.adapters import GATEWAY",
    "tests/media/test_mixer.py": "import silkcast.media.mixer",
    "tests/supervisor/fake.py": "",
    "tests/supervisor/test_supervisor.py": "",
    "tests/scenarios/test_show.py": 'COMMAND = [executable, "-m", "silkcast", "up"]',
    "tests/browser/test_every_page.py": "",
    "tests/test_tidy.py": "",
}
SHOP, ORDERS, MONEY = "domains/shop/test_pages.py", "domains/orders/test_orders.py", "kernel/test_money.py"
SHOW, GATEWAYS, MIXER = "scenarios/test_show.py", "domains/payments/test_gateways.py", "media/test_mixer.py"
SUPERVISOR, PAGES = "supervisor/test_supervisor.py", "browser/test_every_page.py"


@pytest.mark.parametrize(
    ("changed", "fast", "slow"),
    [
        ("src/silkcast/kernel/money.py", {MONEY, ORDERS, SHOP}, {MONEY}),  # by imports, also within functions
        ("src/silkcast/kernel/clock.py", {MONEY, SHOP}, {MONEY}),  # by a fixture
        ("src/silkcast/domains/orders/__init__.py", {ORDERS, SHOP}, {ORDERS}),  # a package is imported with its parts
        ("src/silkcast/domains/payments/adapters/sandbox.py", {GATEWAYS}, {GATEWAYS}),  # by a name in a string
        ("src/silkcast/roles/web.py", {SHOW}, set()),  # by what a started process imports
        ("src/silkcast/domains/shop/pages.py", {SHOP}, {SHOP}),  # by the addresses that a client asks for
        ("src/silkcast/media/mixer.py", {MIXER}, {MIXER}),
        ("src/silkcast/domains/shop/templates/shop/cart.html", {SHOP}, {SHOP, PAGES}),
        ("src/silkcast/domains/shop/locale/words.json", {SHOP}, {SHOP, PAGES}),
        ("src/silkcast/domains/shop/static/shop/new.css", {SHOP}, {SHOP, PAGES}),
        ("tests/kernel/test_money.py", {MONEY}, {MONEY}),
        ("tests/supervisor/fake.py", {SUPERVISOR}, set()),  # no test imports what it starts
        ("tests/domains/shop/conftest.py", {SHOP}, set()),
        ("docs/style.md", set(), set()),
        ("README.md", set(), set()),
    ],
)
def test_a_change_runs_what_it_touches(changed: str, fast: set[str], slow: set[str]) -> None:
    chosen = affected({changed}, TREE)
    wanted = frozenset(f"tests/{name}" for name in fast) | {"tests/test_tidy.py"}
    assert chosen == Chosen(wanted, frozenset(f"tests/{name}" for name in slow))


@pytest.mark.parametrize(
    "changed",
    [
        "pyproject.toml",
        "tests/conftest.py",
        "tests/snapshots.py",
        "src/silkcast/domains/orders/migrations/0009_more.py",
        "src/silkcast/domains/orders/gone.py",
        "src/silkcast/kernel/unheard-of.bin",
        "silkcast.example.env",
        ".ci/run",
    ],
)
def test_what_nobody_knows_the_readers_of_runs_every_fast_test(changed: str) -> None:
    chosen = affected({changed, "tests/kernel/test_money.py"}, TREE)
    assert chosen == Chosen(None, frozenset({"tests/kernel/test_money.py"}))


def test_where_nothing_has_changed_every_fast_test_runs() -> None:
    assert affected([], TREE).fast is None


def test_of_our_own_sources_a_domain_runs_its_own_tests_and_a_template_the_browser() -> None:
    texts = sources()
    tests = {path for path in texts if path.startswith("tests/") and "/test_" in path}
    engine = affected({"src/silkcast/domains/audience/engine/__init__.py"}, texts).fast
    assert engine is not None
    assert {path for path in tests if path.startswith("tests/domains/audience/")} < engine
    assert not any(path.startswith("tests/media/") for path in engine)
    page = affected({"src/silkcast/domains/shop/templates/shop/cart.html"}, texts)
    assert page.fast is not None and page.fast >= ALWAYS
    assert {path for path in tests if path.startswith(("tests/domains/shop/", "tests/browser/"))} <= page.slow
    assert affected({"src/silkcast/kernel/money.py"}, texts).slow >= {"tests/kernel/test_turns.py"}


def test_what_differs_from_the_base_is_what_this_branch_did_committed_or_not(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.test")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def commits(name: str) -> None:
        (tmp_path / name).write_text(name)
        git("add", "-A")
        git("commit", "-m", name)

    git("init", "-b", "main")
    commits("old.py")
    commits("renamed.py")
    git("checkout", "-b", "branch")
    commits("committed 丝.py")
    git("mv", "renamed.py", "new-name.py")
    (tmp_path / "untracked.py").write_text("")
    (tmp_path / "old.py").write_text("changed")
    git("stash", "--include-untracked")
    git("checkout", "main")
    commits("by-others.py")
    git("checkout", "branch")
    git("stash", "pop")
    assert changes("main", tmp_path) == {
        "committed 丝.py", "renamed.py", "new-name.py", "untracked.py", "old.py",
    }  # fmt: skip
    assert changes("no-such-base", tmp_path) == set()
