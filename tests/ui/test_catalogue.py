"""The Chinese catalogue is whole: every text of every page, with the same placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from django.utils import translation

from silkcast.ui import catalogue


@pytest.fixture(scope="module")
def committed() -> Catalog:
    return catalogue.read()


@pytest.fixture(scope="module")
def gathered() -> Catalog:
    return catalogue.gathered()


def names(messages: Catalog) -> set[tuple[str | None, str]]:
    return {(message.context, catalogue.text_of(message)) for message in messages if message.id}


def texts(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else [str(text) for text in message.id or ()]


def translations(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else [str(words) for words in message.string or ()]


def test_every_text_of_the_sources_is_translated_and_nothing_else(committed: Catalog, gathered: Catalog) -> None:
    assert not names(gathered) - names(committed), "run python -m silkcast.ui.catalogue and translate"
    assert not names(committed) - names(gathered), "run python -m silkcast.ui.catalogue: texts have gone"


def test_no_translation_is_empty_or_a_guess(committed: Catalog) -> None:
    poor = [catalogue.text_of(message) for message in committed if message.id and not catalogue.is_translated(message)]
    assert not poor
    assert not committed.obsolete


def test_translations_keep_the_placeholders_and_the_markup(committed: Catalog) -> None:
    broken = []
    for message in committed:
        if not message.id:
            continue
        wanted = {found for text in texts(message) for found in catalogue.PLACEHOLDER.findall(text)}
        for words in translations(message):
            if set(catalogue.PLACEHOLDER.findall(words)) != wanted or words.count("<") != texts(message)[0].count("<"):
                broken.append((catalogue.text_of(message), words))
    assert not broken


# Names that are the same in every language.
UNTRANSLATED = {"Cookies": "Cookie", "SKU": "SKU", "SKU id": "SKU ID", "Id": "ID"}


def test_translations_are_in_chinese(committed: Catalog) -> None:
    latin = {
        catalogue.text_of(message): translations(message)[0]
        for message in committed
        if message.id and not any("\u4e00" <= letter <= "\u9fff" for letter in translations(message)[0])
    }
    assert latin.items() <= UNTRANSLATED.items()


# The trade's own words, as the glossary fixes them.
GLOSSARY = {
    "Rundown": "排品表",
    "Overlays": "贴片",
    "Scenes": "场景",
    "Destinations": "推流目的地",
    "Airtime ledger": "时段损益",
    "Interaction rate": "互动率",
    "Avg. watch time": "人均观看时长",
    "GMV": "成交额",
    "Net sales": "净成交额",
    "Pitch": "讲解",
    "Host": "主播",
    "Crew": "场控",
    "Merchant": "商家",
    "Viewers": "观众数",
    "Reserved": "占用",
    "Traffic product": "引流款",
    "Profit product": "利润款",
    "Image product": "形象款",
    "Bonded warehouse": "保税仓",
    "Studio": "直播制作",
    "Enter the control room": "进入中控台",
    "No destination but the own shop": "除自有商城外没有推流目的地",
    "Comments": "评论",
    "Awaiting payment": "待付款",
    "Paid": "已付款",
    "Erase": "抹除",
}


@pytest.mark.parametrize("text", GLOSSARY)
def test_the_trades_words_are_used(committed: Catalog, text: str) -> None:
    found = committed.get(text)
    assert found is not None
    assert found.string == GLOSSARY[text]


def test_templates_are_read_whole() -> None:
    """Every way in which a template can hold a text, in two files."""
    folder = catalogue.PACKAGE / "domains" / "control_room" / "templates" / "control_room"
    files = (folder / "_rundown.html", folder / "_rundown_words.html")
    read = {text for file in files for _, text, _, _ in catalogue._texts_of(file)}
    assert "Rundown" in read  # {% translate %}
    assert "The rundown is empty" in read  # _("…") in an include
    assert ("%(n)s product", "%(n)s products") in read  # blocktranslate with a plural
    assert "<b>%(n)s</b> left" in read  # blocktranslate with markup


def test_what_is_compiled_is_what_pages_say() -> None:
    catalogue.compile_all()
    with translation.override("zh-hans"):
        assert translation.gettext("Airtime ledger") == "时段损益"
        assert translation.pgettext("switch", "Off") == "关闭"
        assert translation.ngettext("%(n)s product", "%(n)s products", 5) % {"n": 5} == "5 个商品"


def test_a_catalogue_is_made_from_nothing(tmp_path: Path, gathered: Catalog) -> None:
    made = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    assert "Airtime ledger" in catalogue.bring_up_to_date(made, gathered)
    assert names(catalogue.read(made)) == names(gathered)
    first = made.read_bytes()
    catalogue.bring_up_to_date(made, gathered)
    assert made.read_bytes() == first
