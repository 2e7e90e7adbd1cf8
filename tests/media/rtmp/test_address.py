"""An address and a key as people paste them, and what a server hears of both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkcast.media.rtmp import amf0, handshake, messages
from silkcast.media.rtmp.address import Address, masked, names_a_user
from silkcast.media.rtmp.amf0 import AmfValue
from silkcast.media.rtmp.chunk_reader import ChunkReader
from silkcast.media.rtmp.chunk_writer import ChunkWriter
from silkcast.media.rtmp.errors import AddressError
from silkcast.media.rtmp.publisher_session import PublisherSession


def heard_by_the_server(address: Address) -> tuple[AmfValue, AmfValue, AmfValue]:
    """App, tcUrl and stream name, read off the wire by nothing but AMF."""
    session, writer, reader = PublisherSession(address), ChunkWriter(), ChunkReader()
    session.outgoing()
    answers = [messages.command("_result", 1, {}, {}), messages.command("_result", 4, None, 1.0)]
    session.feed(handshake.hello() + bytes(handshake.PART_BYTES))
    for answer in answers:
        session.feed(b"".join(writer.write(answer, 3)))
    reader.push(session.outgoing()[handshake.PART_BYTES :])
    said = [
        amf0.decode(message.body) for message in iter(reader.next, None) if message.type_id == messages.COMMAND_AMF0
    ]
    by_name = {values[0]: values for values in said}
    connect = by_name["connect"][2]
    assert isinstance(connect, dict)
    assert by_name["releaseStream"][3] == by_name["FCPublish"][3] == by_name["publish"][3]
    return connect["app"], connect["tcUrl"], by_name["publish"][3]


SEEN = st.characters(blacklist_categories=("C", "Z"))
KEYS = st.one_of(
    st.text(SEEN, min_size=1, max_size=60),
    st.text(st.sampled_from("abAB12-_/#?&%=+.:@~"), min_size=1, max_size=60),
).filter(lambda key: key == key.strip())
PARTS = st.text(st.sampled_from("abzAZ09-_.~%#&=+"), min_size=1, max_size=12)
QUERIES = st.one_of(st.just(""), PARTS.map(lambda query: f"?vhost={query}"))
HOSTS = st.sampled_from(
    ["push.example", "PUSH.Example", "192.0.2.7", "[2001:db8::7]", "a-b_c.example.", "商店.example"]
)
PORTS = st.sampled_from(["", ":1935", ":443", ":19350"])
SCHEMES = st.sampled_from(["rtmp", "rtmps", "RTMP", "Rtmps"])


@given(SCHEMES, HOSTS, PORTS, st.lists(PARTS, min_size=1, max_size=3), QUERIES, st.sampled_from(["", "/"]), KEYS)
def test_what_was_typed_is_what_the_server_hears(
    scheme: str, host: str, port: str, parts: list[str], query: str, closing: str, key: str
) -> None:
    app = "/".join(parts) + query
    address = Address.parse(f"{scheme}://{host}{port}/{app}{closing}", key)
    heard_app, heard_url, heard_key = heard_by_the_server(address)
    assert (heard_app, heard_key) == (app, key)
    assert isinstance(heard_url, str)
    assert heard_url.startswith(f"{scheme.lower()}://")
    assert heard_url.endswith(f"/{app}")
    assert Address.parse(address.app_url, key) == address


@pytest.mark.parametrize("key", ["ab12/CD34", "ab12#CD34", "ab12?x=1&s=a/b#z", "50%", "%2F", "鍵/κλειδί", "a:b@c"])
def test_a_platforms_key_goes_out_as_it_was_pasted(key: str) -> None:
    assert heard_by_the_server(Address.parse("rtmp://a.example/live2", key)) == (
        "live2",
        "rtmp://a.example/live2",
        key,
    )


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "app", "app_url"),
    [
        ("rtmp://a.example/app", "rtmp", "a.example", 1935, "app", "rtmp://a.example/app"),
        ("rtmps://a.example/app/", "rtmps", "a.example", 443, "app", "rtmps://a.example/app"),
        ("RTMPS://A.Example:443/app", "rtmps", "a.example", 443, "app", "rtmps://a.example/app"),
        ("rtmp://a:1935/App", "rtmp", "a", 1935, "App", "rtmp://a/App"),
        ("rtmp://h/app?vhost=x", "rtmp", "h", 1935, "app?vhost=x", "rtmp://h/app?vhost=x"),
        ("rtmp://h:19/app/instance", "rtmp", "h", 19, "app/instance", "rtmp://h:19/app/instance"),
        ("rtmp://h/a#b", "rtmp", "h", 1935, "a#b", "rtmp://h/a#b"),
        ("rtmp://[2001:DB8:0::1]/a", "rtmp", "2001:db8::1", 1935, "a", "rtmp://[2001:db8::1]/a"),
        ("rtmp://[::1]:19/a", "rtmp", "::1", 19, "a", "rtmp://[::1]:19/a"),
        ("rtmp://商店.example/a", "rtmp", "xn--czrs0t.example", 1935, "a", "rtmp://xn--czrs0t.example/a"),
        ("rtmp://１２７。０。０。１/a", "rtmp", "127.0.0.1", 1935, "a", "rtmp://127.0.0.1/a"),
        ("rtmp://u:p@h/a", "rtmp", "h", 1935, "a", "rtmp://h/a"),
    ],
)
def test_an_address_is_read_as_encoders_read_it(
    url: str, scheme: str, host: str, port: int, app: str, app_url: str
) -> None:
    address = Address.parse(url, "key")
    assert address == Address(scheme == "rtmps", host, port, app, "key")
    assert address.app_url == app_url


@pytest.mark.parametrize(
    ("url", "app", "key"),
    [
        ("rtmp://a.example/live/key", "live", "key"),
        ("rtmp://h:19/app/more/k?t=1", "app/more", "k?t=1"),
        ("rtmp://h/live/k?sign=a/b/", "live", "k?sign=a/b"),
        ("rtmps://h/live/k#1", "live", "k#1"),
    ],
)
def test_without_a_key_the_last_part_of_the_path_is_it(url: str, app: str, key: str) -> None:
    address = Address.parse(url)
    assert (address.app, address.stream_key) == (app, key)


@pytest.mark.parametrize(
    "url",
    [
        "", "a.example/app", "http://a/app", "rtmp:/a/app", "rtmp://", "rtmp://h", "rtmp://h/", "rtmp://h?vhost=x",
        "rtmp://h/?vhost=x", "rtmp:///app", "rtmp://:1935/app", "rtmp://a..b/app", "rtmp://-/ap p", "rtmp://h:x/app",
        "rtmp://h:0/app", "rtmp://h:65536/app", "rtmp://h:１９/app", "rtmp://[::1/app", "rtmp://[::1]9/app",
        "rtmp://[a]/app", "rtmp://[fe80::1%eth0]/app", "rtmp://a%2e/app", f"rtmp://{'a' * 64}.example/app",
        "rtmp://h/a\r\nHost: x", "rtmp://h/a\x00b", "rtmp://h\t/a", "rtmp://h/a\u200bb", "rtmp://h/a\u3000b",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        Address.parse(url, "key")


@pytest.mark.parametrize("key", ["a b", "a\nb", "a\r\n", "\ufeffa", "a\u200b", "a\x7f", "\ud800"])
def test_a_key_with_what_nobody_sees_is_refused(key: str) -> None:
    with pytest.raises(AddressError):
        Address.parse("rtmp://h/app", key)


@pytest.mark.parametrize("url", ["rtmp://h/app", "rtmps://h/", "rtmp://h/key?t=1"])
def test_an_address_without_a_key_needs_one_more_part(url: str) -> None:
    with pytest.raises(AddressError):
        Address.parse(url)


def test_a_user_name_and_a_password_are_never_shown() -> None:
    assert masked("rtmp://user:pa@ss@h/app?x=a@b") == "rtmp://•••@h/app?x=a@b"
    assert masked("rtmp://h/app@x") == "rtmp://h/app@x"
    assert names_a_user("rtmp://user@h/app")
    assert not names_a_user("rtmp://h/a@b")
