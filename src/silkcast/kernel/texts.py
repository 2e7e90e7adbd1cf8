"""What people type: when a text is one line, when it is an e-mail address, and which sign they meant."""

from __future__ import annotations

import contextlib
import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from silkcast.kernel.errors import Invalid
from silkcast.kernel.signs import shows

# Fields of one line end up in headers, on labels and in lists, where a break begins something else.
LINE = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
NAME_LENGTH_MAX = 80
EMAIL_LENGTH_MAX = 254  # RFC 5321 4.5.3.1.3, less the brackets
LOCAL_LENGTH_MAX = 64  # the same, 4.5.3.1.1
_breaks = re.compile(LINE.replace("^[^", "[").replace("]*$", "]")).search
_check_email = EmailValidator(allowlist=[])
# Signs that a Chinese, Japanese or Arabic keyboard gives where a plain one has these; what nobody sees is left out.
_MEANT = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-") | {"。": ".", "٫": ".", "٬": ",", "〒": ""})
_UNSEEN, _SPACES = "Cf", "Zs"


class EmailInvalid(Invalid):
    code = "kernel.email_invalid"


class NameInvalid(Invalid):
    code = "kernel.name_invalid"


def name_of(text: str, *, field: str = "name", most: int = NAME_LENGTH_MAX) -> str:
    """A name as it is kept, without blanks around it; NameInvalid for an unseen or long one, or several lines."""
    name = text.strip()
    if not shows(name) or len(name) > most or not is_line(name):
        raise NameInvalid(field=field, most=most)
    return name


def is_line(text: str) -> bool:
    """No line breaks, and no other control characters."""
    return _breaks(text) is None


def is_email(text: str) -> bool:
    """An address that mail reaches from anywhere: at a domain, on one line, of the length that servers take."""
    if text.endswith("]") or len(text) > EMAIL_LENGTH_MAX or text.rfind("@") > LOCAL_LENGTH_MAX or not is_line(text):
        return False
    if not text.rpartition("@")[0].isascii():  # letters that become others when they are made small: K, ſ
        return False
    try:
        _check_email(text)
    except ValidationError:
        return False
    return True


def email_of(text: str, *, field: str = "email") -> str:
    """The address that was meant, or EmailInvalid."""
    meant = as_meant(text)
    if not is_email(meant):
        raise EmailInvalid(field=field)
    return meant


def mailbox(email: str) -> str:
    """What an account is kept and found under, however its address was written: small letters, and the domain as people
    read it ("a@xn--czrs0t.example" is "a@商店.example")."""
    local, at, domain = email.strip().rpartition("@")
    with contextlib.suppress(idna.IDNAError):  # no address: nothing is kept under what was typed
        domain = idna.decode(idna.encode(domain, uts46=True))
    return f"{local}{at}{domain}".lower()


def as_meant(text: str) -> str:
    """Numbers and codes as a plain keyboard writes them: "１９．９９" is "19.99", "٤٢" is "42".

    For what is read as a number or a code. Names and free text stay as they were typed.
    """
    if not text.isascii():
        text = "".join(map(_plain, text)).translate(_MEANT)
    return text.strip()


def _plain(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Nd":
        return str(unicodedata.digit(sign))
    if kind in (_UNSEEN, _SPACES):
        return " " if kind == _SPACES else ""
    # Half- and full-width forms alone: a superscript or a circled number is no digit that anybody meant.
    width, _, code = unicodedata.decomposition(sign).partition(" ")
    return chr(int(code, 16)) if width in ("<wide>", "<narrow>") else sign
