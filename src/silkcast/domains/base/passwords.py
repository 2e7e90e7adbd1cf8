"""What a password has to be by the framework's own rules: long enough, none of the common, nothing of its owner."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from silkcast.domains.base.errors import PasswordWeak
from silkcast.kernel.words import sentence

PASSWORD_LENGTH_MIN = 10


def weaknesses(password: str, *, email: str, name: str) -> list[str]:
    """What speaks against it, as codes with a sentence each; nothing for a good one."""
    try:
        validate_password(password, get_user_model()(email=email, name=name))
    except ValidationError as error:
        return [f"base.{reason.code}" for reason in error.error_list]
    return []


def words_of_weaknesses(codes: list[str], language: str) -> str:
    return " ".join(sentence(code, {"least": PASSWORD_LENGTH_MIN}, language) for code in codes)


def require_strength(password: str, *, email: str, name: str) -> None:
    if weaknesses(password, email=email, name=name):
        raise PasswordWeak(least=PASSWORD_LENGTH_MIN)
