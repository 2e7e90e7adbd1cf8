"""The Chinese catalogue: gathers every text that pages show, and compiles what was translated.

`python -m silkcast.ui.catalogue` brings `locale/zh_Hans` up to date with the sources and compiles it; `compile` alone
only compiles. It needs nothing but Babel, so a machine without gettext's own tools can be set up. English is the
language of the sources and has no catalogue.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent
LOCALE = PACKAGE / "ui" / "locale"
CHINESE = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LINE_WIDTH = 110
HEADER = "# What Silkcast's pages say, in Chinese. The trade's own words stand in docs/glossary.md."
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def gathered() -> Catalog:
    """Every text of the sources, untranslated."""
    catalogue = Catalog(domain="django", charset="utf-8", fuzzy=False)
    for path in sources():
        name = path.relative_to(PACKAGE).as_posix()
        for line, text, comments, context in _texts_of(path):
            catalogue.add(text, locations=[(name, line)], auto_comments=comments, context=context)
    for text in sorted(back_office_names()):
        catalogue.add(text, locations=[("ui/admin.py", 1)])
    return catalogue


def sources() -> Iterator[Path]:
    for pattern in ("**/*.py", "**/templates/**/*.html"):
        for path in sorted(PACKAGE.glob(pattern)):
            if not {"migrations", "node_modules"} & set(path.parts):
                yield path


def _texts_of(path: Path) -> Iterable[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        from django.utils.translation.template import templatize

        # What is no translation became X's; its indentation would mean something to a reader of Python.
        source = "\n".join(line.lstrip() for line in templatize(source).split("\n"))
    return extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS)


def back_office_names() -> set[str]:
    """Tables and columns as the back office calls them: these texts stand in the models, as names."""
    import django

    django.setup()
    from django.apps import apps

    from silkcast.ui.admin import back_office, column_names, table_names

    names: set[str] = set()
    for model, shown in back_office.tables.items():
        hidden = set(shown.hidden)
        names |= set(table_names(model).values())
        names |= {name for column, name in column_names(model).items() if column not in hidden}
        names.add(str(apps.get_app_config(model._meta.app_label).verbose_name))
    return names


def read(path: Path = CHINESE) -> Catalog:
    if not path.exists():
        return Catalog(
            locale="zh_Hans",
            domain="django",
            header_comment=HEADER,
            project="Silkcast",
            version="-",
            msgid_bugs_address="-",
            last_translator="-",
            language_team="-",
            charset="utf-8",
            fuzzy=False,
        )
    with path.open("rb") as handle:
        return read_po(handle, locale="zh_Hans", domain="django")


def bring_up_to_date(path: Path, texts: Catalog) -> list[str]:
    """Add new texts, drop those that are gone; the texts that still lack a translation."""
    catalogue = read(path)
    catalogue.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as handle:
        write_po(handle, catalogue, width=LINE_WIDTH, include_lineno=False, sort_by_file=True, omit_header=False)
    return [text_of(message) for message in catalogue if message.id and not is_translated(message)]


def text_of(message: Message) -> str:
    return message.id if isinstance(message.id, str) else str(message.id[0])


def is_translated(message: Message) -> bool:
    words = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(words) and all(words) and not message.fuzzy


def compile_all() -> list[Path]:
    """Write the binary catalogue beside each text one that is newer; the files that were written."""
    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        draft = target.with_suffix(".draft")
        with draft.open("wb") as handle:
            write_mo(handle, read(source))
        draft.replace(target)
        written.append(target)
    return written


def main(arguments: list[str]) -> int:
    """0, or 1 when a text is not translated yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "silkcast.project.settings")
    missing = [] if arguments == ["compile"] else bring_up_to_date(CHINESE, gathered())
    compile_all()
    for text in missing:
        print(f"not translated: {text!r}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
