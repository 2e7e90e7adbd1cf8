"""A data folder is prepared once for each state of the code, and for each database that it is used with."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from silkcast import preparing
from silkcast.kernel.settings import Settings


def test_a_folder_that_moved_to_another_database_is_prepared_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, static_root=tmp_path)
    assert not preparing.is_prepared(settings)
    (tmp_path / preparing.STAMP).write_text(preparing._state(settings))
    assert preparing.is_prepared(settings)
    assert not preparing.is_prepared(replace(settings, database_url="postgresql://silkcast@localhost/silkcast"))


DIES_AFTER = """
import os, sys
from silkcast.kernel.settings import load
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "silkcast.project.settings"
django.setup()
from django.core.management import call_command
from silkcast.demo import seed
from silkcast.domains.base.api import list_bases
from silkcast.domains.studio.models import Show
from silkcast.kernel.ids import BaseId
settings = load()
settings.prepare()
call_command("migrate", verbosity=0, interactive=False)
if sys.argv[1] == "dies":
    seed._show = lambda *_: os._exit(9)
seed.ensure_demo(settings)
(base,) = list_bases()
print(base.slug, Show.objects.of(base.id).count(), (settings.data / "demo.json").exists())
"""


@pytest.mark.slow
def test_a_demo_whose_making_was_killed_is_made_anew_and_whole(tmp_path: Path) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SILKCAST_", "DJANGO_"))}

    def made(how: str) -> subprocess.CompletedProcess[str]:
        environment = {**ours, "SILKCAST_DATA": str(tmp_path)}
        command = [sys.executable, "-c", DIES_AFTER, how]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)

    assert made("dies").returncode == 9
    for _ in range(2):  # and then it stays as it is
        whole = made("lives")
        assert (whole.returncode, whole.stdout) == (0, "demo 2 True\n"), whole.stderr


CLIMBS = """
import os
from silkcast.kernel.settings import load
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "silkcast.project.settings"
django.setup()
from django.core.management import call_command
from silkcast.kernel.storage import guards
load().prepare()
call_command("migrate", "catalog", "0001_initial", verbosity=0, interactive=False)
before = guards.installed()
call_command("migrate", verbosity=0, interactive=False)
guards.verify()
print(len(before) > 0, before <= guards.installed())
"""


@pytest.mark.slow
def test_a_table_that_other_tables_guards_name_can_be_rebuilt_by_an_upgrade(tmp_path: Path) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("SILKCAST_", "DJANGO_"))}
    environment = {**ours, "SILKCAST_DATA": str(tmp_path)}
    climbed = subprocess.run(
        [sys.executable, "-c", CLIMBS], env=environment, capture_output=True, text=True, timeout=600
    )
    assert (climbed.returncode, climbed.stdout) == (0, "True True\n"), climbed.stderr
