"""What counts as one line and as an e-mail address, and what a number means that another keyboard wrote."""

from __future__ import annotations

import re

import pytest

from silkcast.kernel.texts import LINE, EmailInvalid, as_meant, email_of, is_email, is_line, mailbox


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("１９．９９", "19.99"),
        ("１，２３４。５", "1,234.5"),
        ("５", "5"),
        ("１２／２９", "12/29"),
        (" 12 / 2029 ", "12 / 2029"),
        ("１００ー０００１", "100-0001"),
        ("〒１００－０００１", "100-0001"),
        ("＋８６　１３８\u00a00000", "+86 138 0000"),
        ("\u200e٤٢٫٥", "42.5"),
        ("ＳＷ１Ａ　１ＡＡ", "SW1A 1AA"),
        ("９０００１　", "90001"),
        ("\u221215", "-15"),
        ("²", "²"),
        ("①", "①"),
        ("½", "½"),
    ],
)
def test_a_number_means_the_same_from_every_keyboard(typed: str, meant: str) -> None:
    assert as_meant(typed) == meant


@pytest.mark.parametrize("address", ["a@b.de", "first.last+shop@mail.example.com", "a@例子.公司"])
def test_an_address_is_kept(address: str) -> None:
    assert email_of(f" {address} ") == address


def test_a_full_width_address_is_the_plain_one() -> None:
    assert email_of("ｂｕｙｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ") == "buyer@example.com"


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "@",
            "a@",
            "@b.de",
            "a b@c.de",
            "a@b",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@[::1]",
            "a@b c.de",
            "a@b@c.de",
            "a@b.de\nBcc: all@b.de",
            "a@b.de\n",
        ),
        *("a\r@b.de", "not an email", "x" * 65 + "@b.de", "a@" + "b" * 64 + ".de", "a@" + "b.de." * 51 + "de"),
    ],
)
def test_what_no_mail_reaches_is_refused(address: str) -> None:
    assert not is_email(address)


def test_the_refusal_of_an_address_names_its_field() -> None:
    with pytest.raises(EmailInvalid) as refused:
        email_of("a b@c.de", field="operator_email")
    assert refused.value.facts == {"field": "operator_email"}


@pytest.mark.parametrize("text", ["", "12 Rue de l'Église", "上海市 1 号", "a\u200db", "שלום"])
def test_text_of_one_line(text: str) -> None:
    assert is_line(text) and re.fullmatch(LINE, text)


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_a_break_or_a_control_character_is_not_of_one_line(sign: str) -> None:
    for text in (sign, f"1 Street{sign}", f"{sign}1 Street", f"1{sign}Street"):
        assert not is_line(text)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ann@EXAMPLE.com", "ann@example.com"),
        (" a@例子.公司 ", "a@例子.公司"),
        ("a@xn--fsqu00a.xn--55qx5d", "a@例子.公司"),
        ("a@XN--FSQU00A.公司", "a@例子.公司"),
        ("a@BÜCHER.example", "a@bücher.example"),
        ("a@xn--bcher-kva.example", "a@bücher.example"),
        ("a@straße.example", "a@straße.example"),
        ("a@xn--", "a@xn--"),
        ("Nobody", "nobody"),
        ("", ""),
        ("@", "@"),
    ],
)
def test_one_mailbox_is_one_account_however_its_domain_is_written(written: str, kept: str) -> None:
    assert mailbox(written) == kept
    assert mailbox(kept) == kept
