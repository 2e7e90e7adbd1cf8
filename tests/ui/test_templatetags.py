"""How pages write money, times and figures in both languages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.template import Context, Template
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

import silkcast
from silkcast.domains.control_room.queries.console_rows import CommentRow, Scene
from silkcast.kernel.money import Money
from silkcast.ui.templatetags import silkcast as tags

PACKAGE = Path(silkcast.__file__).parent


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        (Money(123456, "USD"), "$1,234.56", "US$1,234.56"),
        (Money(-5, "USD"), "-$0.05", "-US$0.05"),
        (Money(5900, "JPY"), "¥5,900", "JP¥5,900"),
        (Money(5900, "CNY"), "CN¥59.00", "¥59.00"),
        (Money(1234, "KWD"), "KWD\u00a01.234", "KWD\u00a01.234"),
        (Money(700000, "VND"), "₫700,000", "₫700,000"),
        (None, "–", "–"),
    ],
)
def test_money_has_our_decimals_and_the_readers_symbol(amount: Money | None, english: str, chinese: str) -> None:
    with translation.override("en"):
        assert tags.money(amount) == english
    with translation.override("zh-hans"):
        assert tags.money(amount) == chinese


def test_the_exponent_is_iso_4217s_and_not_the_display_tables() -> None:
    # Display tables round the Indonesian rupiah to whole ones; ISO 4217 gives it two decimals.
    assert tags.exponent(Money(1, "IDR")) == 2
    assert tags.money(Money(150, "IDR")).endswith("1.50")


def test_times_are_shown_in_the_bases_zone() -> None:
    at = datetime(2026, 11, 22, 18, 5, 9, tzinfo=UTC)
    assert tags.local_time(at, "Asia/Shanghai") == "2026-11-23 02:05"
    assert tags.local_clock(at, "Asia/Shanghai") == "02:05:09"
    assert tags.zoned_time(at, "Asia/Shanghai") == "2026-11-23 02:05 UTC+8"
    assert tags.zoned_time(at, "America/St_Johns") == "2026-11-22 14:35 UTC-3:30"
    assert tags.zoned_time(at) == "2026-11-22 18:05 UTC"
    assert (tags.local_time(None), tags.local_clock(None), tags.zoned_time(None)) == ("–", "–", "–")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3723, "1:02:03"), (None, "–")]
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert tags.duration(seconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1500, "2 kB"), (1_234_567, "1.2 MB"), (5 * 10**15, "5000.0 TB"), (None, "–")],
)
def test_sizes(size: int | None, shown: str) -> None:
    assert tags.byte_size(size) == shown


def test_counts_and_shares() -> None:
    assert (tags.count(1234567), tags.count(None)) == ("1,234,567", "–")
    assert (tags.percent(0.1234), tags.percent(None)) == ("12.3%", "–")


def test_each_form_gets_a_key_of_its_own() -> None:
    form = Template("{% load silkcast %}{% request_id %}{% request_id %}").render(Context())
    first, second = (part.partition('"')[0] for part in form.split('value="')[1:])
    assert UUID(first).version == UUID(second).version == 7
    assert first != second


def test_filters_go_by_the_names_that_templates_use() -> None:
    page = Template("{% load silkcast %}{{ size|bytes }} {{ n|count }} {{ share|percent }} {{ s|duration }}")
    assert page.render(Context({"size": 1000, "n": 1, "share": 0.5, "s": 60})) == "1 kB 1 50.0% 1:00"


def test_what_a_script_reads_cannot_end_its_script_and_is_read_back_as_it_was() -> None:
    given = {"name": "</script><b>&amp; 丝", "at_ms": [1_800_000_000_000], "share": [0.25, None], "pitches": []}
    shown = drawn('{{ given|page_data:"curves" }}', given=given)
    begin, end = '<script id="curves" type="application/json">', "</script>"
    assert shown.startswith(begin)
    assert shown.endswith(end)
    inside = shown.removeprefix(begin).removesuffix(end)
    assert not set("<>&") & set(inside)
    assert json.loads(inside) == given


def drawn(source: str, **context: Any) -> str:
    return Template("{% load silkcast %}" + source).render(Context(context))


def test_a_component_sees_what_it_is_given_and_nothing_of_the_page() -> None:
    given = drawn('{% component "ui/badge.html" words=words %}', words="Paid", tone="alarm")
    assert given == '<span class="chip" data-tone="plain">Paid</span>\n'


def test_a_component_is_drawn_once_for_the_same_language_and_values() -> None:
    source = '{% component "ui/stat.html" words=words money=money %}'
    before = tags._drawn.cache_info().misses
    first = drawn(source, words="Today", money=Money(98765, "USD"))
    inner = tags._drawn.cache_info().misses
    assert inner > before
    assert drawn(source, words="Today", money=Money(98765, "USD")) == first
    assert tags._drawn.cache_info().misses == inner
    with translation.override("zh-hans"):
        assert "US$987.65" in drawn(source, words="Today", money=Money(98765, "USD"))


def test_values_that_are_equal_but_look_different_are_drawn_apart() -> None:
    stat = '{% component "ui/stat.html" words="Units" count=count %}'
    assert ['value="1"' in drawn(stat, count=count) for count in (1, True)] == [True, False]
    badge = '{% component "ui/badge.html" words=words %}'
    shown = [drawn(badge, words=words) for words in ("<b>Paid</b>", mark_safe("<b>Paid</b>"))]
    assert ["&lt;b&gt;" in text for text in shown] == [True, False]
    row = CommentRow(id="row", at=datetime(2026, 11, 22, tzinfo=UTC), name="Guest", text=mark_safe("<b>hi</b>"))
    each = '{% component_each "control_room/_comment.html" "comment" rows zone="UTC" %}'
    rows = [row, row._replace(text="<b>hi</b>")]
    assert ["&lt;b&gt;" in drawn(each, rows=[one]) for one in rows] == [False, True]
    with translation.override("zh-hans"):
        chinese = drawn(badge, words=gettext_lazy("Paid"))
    with translation.override("en"):
        english = drawn(badge, words=gettext_lazy("Paid"))
    assert (">已付款<" in chinese, ">Paid<" in english) == (True, True)


def test_what_is_given_a_long_text_is_drawn_and_not_kept() -> None:
    badge = '{% component "ui/badge.html" words=words %}'
    kept = tags._drawn.cache_info()
    words = "&" * (tags.KEPT_CHARS_MAX + 1)
    assert drawn(badge, words=words).count("&amp;") == len(words)
    assert tags._drawn.cache_info() == kept


def test_a_component_takes_values_that_no_dictionary_takes_for_keys() -> None:
    field = '{% component "ui/field.html" type="select" name="state" label="State" options=options %}'
    assert '<option value="1">One</option>' in drawn(field, options=[{"value": 1, "words": "One"}])


SWITCH = '{% component "control_room/_destination_switch.html" id=1 name=name enabled=True show_id=2 %}'


def test_the_forms_of_a_component_have_the_pages_token_and_keys_of_their_own_though_it_is_drawn_once() -> None:
    first = drawn(SWITCH * 2, name="TikTok", csrf_token="token-of-one")
    before = tags._drawn.cache_info().misses
    second = drawn(SWITCH, name="TikTok", csrf_token="token-of-another")
    assert tags._drawn.cache_info().misses == before
    keys = re.findall(r'name="request_id" value="([^"]+)"', first + second)
    assert len({UUID(key) for key in keys}) == len(keys) == 6
    assert re.findall(r"token-of-\w+", first + second) == ["token-of-one"] * 4 + ["token-of-another"] * 2


def test_no_mark_of_a_form_leaves_with_a_page_nor_counts_where_a_person_wrote_it() -> None:
    shown = drawn(SWITCH, name="{% csrf_token %} token-0 key-0", csrf_token="token")
    assert tags.FORM_MARKS.search(shown) is None
    assert "{% csrf_token %} token-0 key-0" in shown


SCENE = Scene(layout="full", cameras=(), all_cameras=())


def test_a_component_within_another_gets_its_forms_keys_when_the_outer_one_is_shown() -> None:
    given = {"scene": SCENE, "show_id": 1, "may_switch": True}
    switcher = '{% component "control_room/_switcher.html" scene=scene show_id=show_id may_switch=may_switch %}'
    keys = re.findall(r'name="request_id" value="([^"]+)"', drawn(switcher * 2, csrf_token="token", **given))
    assert len({UUID(key) for key in keys}) == len(keys) == 8


def test_of_many_rows_those_are_drawn_that_were_not_yet() -> None:
    source = '{% component_each "control_room/_comment.html" "comment" rows zone="Asia/Shanghai" %}'
    at = datetime(2026, 11, 22, 18, 5, 9, tzinfo=UTC)
    rows = [CommentRow(id=f"row-{n}", at=at, name="Guest", text="<how long?>") for n in range(3)]
    first = drawn(source, rows=rows[:2])
    assert re.findall(r'id="comment-(.*?)"', first) == ["row-0", "row-1"]
    assert (first.count("&lt;how long?&gt;"), first.count("02:05:09")) == (2, 2)
    before = tags._drawn.cache_info().misses
    assert drawn(source, rows=rows).startswith(first)
    assert tags._drawn.cache_info().misses == before + 1
    assert drawn(source, rows=[{"id": "no-key", "at": at}]).count('id="comment-no-key"') == 1
    assert drawn(source, rows=[]) == ""


def test_no_component_holds_what_must_differ_from_one_answer_to_the_next() -> None:
    """Itself or in what it includes; the tokens and keys of forms are put in when it is shown."""
    pages = {path: path.read_text(encoding="utf-8") for path in PACKAGE.glob("**/templates/**/*.html")}
    files = {str(path).partition("/templates/")[2]: text for path, text in pages.items()}
    looked_at: set[str] = set()
    found = {name for text in files.values() for name in re.findall(r'component(?:_each)? "([^"]+)"', text)}
    assert {"ui/button.html", "control_room/_rundown_line.html"} <= found
    while found - looked_at:
        name = min(found - looked_at)
        looked_at.add(name)
        found |= set(re.findall(r'\b(?:include |content=)"([^"]+)"', files[name]))
    assert {"ui/dialog.html", "control_room/_offer_form.html"} <= looked_at
    changing = re.compile(r"{%\s*(now|querystring)\b|\brequest\.")
    assert [name for name in sorted(looked_at) if changing.search(files[name])] == []
