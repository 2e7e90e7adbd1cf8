from __future__ import annotations

import re
from pathlib import Path

import pytest

from silkcast import cli
from silkcast.kernel import settings
from silkcast.kernel.errors import Misconfigured, SettingUnknown, SettingUnreadable, SettingUnusable
from silkcast.kernel.settings import RUN_NAME_BYTES_MAX, Settings, load, refuse_unknown, with_addresses
from silkcast.kernel.words import sentence

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_lists_every_setting_and_no_other() -> None:
    listed = set(re.findall(r"^(SILKCAST_\w+)=", (ROOT / "silkcast.example.env").read_text(), re.M))
    read = set(re.findall(r"SILKCAST_\w+", Path(settings.__file__).read_text())) - {"SILKCAST_", "SILKCAST_TEST_"}
    assert listed == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SILKCAST_PORT", "0"),
        ("SILKCAST_PORT", "x"),
        ("SILKCAST_DEBUG", "perhaps"),
        ("SILKCAST_PRIVATE_DESTINATIONS", "the-office"),
        ("SILKCAST_PRIVATE_DESTINATIONS", "10.1.2.3/8"),
    ],
)
def test_nonsense_stops_the_start_and_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as refused:
        load()
    assert refused.value.facts["name"] == name


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("", ""),
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example.:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
        ("https://商店.example", "https://xn--czrs0t.example"),
        ("https://STRASSE.example", "https://strasse.example"),
        ("https://Straße.example", "https://xn--strae-oqa.example"),
        ("http://[2001:DB8::1]:8000", "http://[2001:db8::1]:8000"),
        ("http://192.168.1.20:8000", "http://192.168.1.20:8000"),
    ],
)
def test_the_public_address_is_kept_as_browsers_write_it(
    monkeypatch: pytest.MonkeyPatch, typed: str, means: str
) -> None:
    monkeypatch.setenv("SILKCAST_PUBLIC_URL", typed)
    assert load().public_url == means


@pytest.mark.parametrize(
    "typed",
    [
        "shop.example", "//shop.example", "https://", "https:///x", "https://shop.example/live", "https://a@shop.example",
        "https://shop.example?x=1", "https://shop.example#x", "ftp://shop.example", "https://0.0.0.0", "https://[::]:8000",
        "https://shop.example:0", "https://shop.example:99999", "https://shop.example:x", "https://shop example", "https://[::1",
        "https://-shop.example", "https://shop..example", "https://" + "x" * 300, "https://1.2.3", "localhost:8000",
    ],
)  # fmt: skip
def test_an_address_that_pages_cannot_have_is_refused_with_an_example(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setenv("SILKCAST_PUBLIC_URL", typed)
    with pytest.raises(SettingUnreadable) as refused:
        load()
    assert refused.value.facts["name"] == "SILKCAST_PUBLIC_URL"
    for language in ("en", "zh"):
        words = sentence(refused.value.code, refused.value.facts, language)
        assert "SILKCAST_PUBLIC_URL" in words
        assert "https://shop.example" in words


def test_proxies_are_addresses_networks_and_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SILKCAST_TRUSTED_PROXIES", "127.0.0.1, 172.16.5.4/12,::FFFF:10.0.0.1,fd00::/8, Localhost ,")
    settings = load()
    assert settings.trusted_proxies == ("127.0.0.1/32", "172.16.0.0/12", "10.0.0.1/32", "fd00::/8", "localhost")
    found = with_addresses(settings).trusted_proxies
    assert found[:4] == settings.trusted_proxies[:4]
    assert set(found[4:]) <= {"127.0.0.1/32", "::1/128"}


@pytest.mark.parametrize("typed", ["10.0.0.0/33", "10.0.0.1/x", "a b.example/8", "*", "http://proxy", "-x"])
def test_what_is_no_proxy_is_refused(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("SILKCAST_TRUSTED_PROXIES", typed)
    with pytest.raises(SettingUnreadable) as refused:
        load()
    assert refused.value.facts["name"] == "SILKCAST_TRUSTED_PROXIES"


def test_a_proxy_that_nobody_knows_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingUnusable) as refused:
        with_addresses(Settings(data=tmp_path, trusted_proxies=("nowhere.invalid",)))
    assert (refused.value.facts["name"], refused.value.facts["value"]) == (
        "SILKCAST_TRUSTED_PROXIES",
        "nowhere.invalid",
    )


@pytest.mark.parametrize(
    ("settings", "origin", "public_name", "own_name"),
    [
        ({}, "http://127.0.0.1:8000", "127.0.0.1", "127.0.0.1"),
        ({"host": "::1"}, "http://[::1]:8000", "[::1]", "[::1]"),
        ({"host": "studio.lan"}, "http://studio.lan:8000", "studio.lan", "studio.lan"),
        (
            {"host": "::", "public_url": "https://shop.example:8443"},
            "https://shop.example:8443",
            "shop.example",
            "127.0.0.1",
        ),
    ],
)
def test_links_name_the_public_address_or_else_the_one_that_is_listened_at(
    tmp_path: Path, settings: dict[str, str], origin: str, public_name: str, own_name: str
) -> None:
    made = Settings(data=tmp_path, **settings)  # type: ignore[arg-type]
    assert (made.origin, made.public_name, made.own_name) == (origin, public_name, own_name)


def test_a_password_in_a_setting_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SILKCAST_DATABASE_URL", "SILKCAST_SIGNALS_URL"):
        monkeypatch.setenv(name, "mysql://user:secret@host/name")
        with pytest.raises(SettingUnreadable) as refused:
            load()
        assert "secret" not in str(refused.value.facts)
        assert refused.value.facts["name"] == name
        monkeypatch.delenv(name)


def test_sockets_fit_the_systems_limit_however_long_the_data_folders_path(tmp_path: Path) -> None:
    for data in (tmp_path, tmp_path / ("x" * 120)):
        longest = Settings(data=data).run / ("r" * RUN_NAME_BYTES_MAX)
        assert len(str(longest).encode()) < 108


def test_two_processes_read_one_secret(tmp_path: Path) -> None:
    assert Settings(data=tmp_path).signing_key() == Settings(data=tmp_path).signing_key()
    assert (tmp_path / "signing.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "typed", ["a.example,b.example", "a.example b.example", " a.example,\n b.example,", "a.example、b.example"]
)
def test_a_list_is_split_at_commas_and_at_blanks(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("SILKCAST_HOSTS", typed)
    monkeypatch.setenv(
        "SILKCAST_PRIVATE_DESTINATIONS", typed.replace("a.example", "10.1.0.0/16").replace("b.example", "fd00::/8")
    )
    assert load().hosts == ("a.example", "b.example")
    assert list(map(str, load().private_destinations)) == ["10.1.0.0/16", "fd00::/8"]


def test_a_setting_that_there_is_not_stops_the_start_and_names_the_likely_one(monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    refuse_unknown()
    monkeypatch.setenv("SILKCAST_TRUSTED_PROXY", "127.0.0.1")
    monkeypatch.setenv("SILKCAST_TEST_ANYTHING", "1")
    with pytest.raises(SettingUnknown) as refused:
        refuse_unknown()
    assert refused.value.facts == {"name": "SILKCAST_TRUSTED_PROXY", "likely": "SILKCAST_TRUSTED_PROXIES"}
    assert cli.main(["base", "list"]) == 2
    assert "SILKCAST_TRUSTED_PROXIES" in sentence(refused.value.code, refused.value.facts, "zh")
