"""Reads what people typed into typed values, and gathers every complaint before refusing, field by field."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import get_language

from silkcast.domains.control_room.errors import FormRefused
from silkcast.kernel.canonical import read_uuid
from silkcast.kernel.errors import Invalid
from silkcast.kernel.money import AMOUNT_MAX, Money, exponent, parse
from silkcast.kernel.signs import shows
from silkcast.kernel.texts import EMAIL_LENGTH_MAX, as_meant, is_email, is_line
from silkcast.kernel.words import sentence
from silkcast.ui.templatetags.silkcast import money

E = TypeVar("E", bound=StrEnum)
TEXT_MAX = 200
WHOLE_MAX = 1_000_000_000
WHOLE = re.compile(r"-?[0-9]{1,10}")
IN_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
DECIMAL_COMMA = re.compile(r"[0-9]+,([0-9]+)")
NIL = UUID(int=0)


def plain_amount(typed: str, currency: str) -> str:
    """Without thousands and with a decimal point. What could mean two amounts stays as typed, which `parse` refuses."""
    decimal = DECIMAL_COMMA.fullmatch(typed)
    is_decimal = decimal is not None and len(decimal[1]) <= exponent(currency)
    is_grouped = IN_THOUSANDS.fullmatch(typed) is not None
    if is_grouped and not is_decimal:
        return typed.replace(",", "")
    return typed.replace(",", ".") if is_decimal and not is_grouped else typed


class Fields:
    """Each reading returns a harmless stand-in where it complains; `refuse` ends it before anybody uses one."""

    def __init__(self, sent: QueryDict) -> None:
        self._sent = sent
        self._words: dict[str, str] = {}

    def complain(self, name: str, code: str, **facts: Any) -> None:
        self.say(name, sentence(f"control_room.{code}", facts, get_language() or "en"))

    def say(self, name: str, words: str) -> None:
        self._words.setdefault(name, words)

    def refuse(self) -> None:
        """Raise FormRefused if there is anything to complain of; call it before acting."""
        if self._words:
            raise FormRefused(self._words)

    def text(self, name: str, *, most: int = TEXT_MAX, required: bool = True, lines: bool = False) -> str:
        """`lines`: it may have several."""
        typed = self._sent.get(name, "").strip()
        if required and not shows(typed):
            self.complain(name, "field_missing")
        if len(typed) > most:
            self.complain(name, "field_long", most=most)
        if not lines and not is_line(typed):
            self.complain(name, "field_line")
        return typed

    def email(self, name: str) -> str:
        meant = as_meant(self.text(name, most=EMAIL_LENGTH_MAX))
        if meant and not is_email(meant):
            self.complain(name, "field_email")
        return meant

    def _code(self, name: str) -> str:
        """Of a number or a code, whatever keyboard it was typed on."""
        return as_meant(self._sent.get(name, ""))

    def whole(self, name: str, *, least: int = 0, most: int = WHOLE_MAX) -> int:
        typed = self._code(name)
        if WHOLE.fullmatch(typed) and least <= int(typed) <= most:
            return int(typed)
        self.complain(name, "field_number", least=least, most=most)
        return least

    def maybe_whole(self, name: str, *, least: int = 0, most: int = WHOLE_MAX) -> int | None:
        """None for an empty field."""
        return self.whole(name, least=least, most=most) if self._code(name) else None

    def percent_bp(self, name: str) -> int:
        """A percentage as hundredths of a percent: "2.5" is 250."""
        try:
            points = Decimal(self._code(name).replace(",", ".")) * 100
        except ArithmeticError:  # no number, or one beyond all bounds
            points = Decimal(-1)
        if points.is_finite() and 0 <= points <= 10_000 and points == points.to_integral_value():
            return int(points)
        self.complain(name, "field_percent")
        return 0

    def money(self, name: str, currency: str, *, least_minor: int = 1) -> Money:
        return self.maybe_money(name, currency, least_minor=least_minor, required=True) or Money(0, currency)

    def maybe_money(self, name: str, currency: str, *, least_minor: int = 1, required: bool = False) -> Money | None:
        """None for an empty field that need not be filled in."""
        typed = self._code(name)
        if not typed and not required:
            return None
        try:
            amount = parse(plain_amount(typed, currency), currency)
        except Invalid:
            amount = None
        if amount is None or amount.minor < least_minor:
            places = exponent(currency)
            self.complain(name, "field_amount", currency=currency, example=f"{39:.{places}f}")
            return None
        if amount.minor > AMOUNT_MAX:
            self.complain(name, "field_amount_most", most=money(Money(AMOUNT_MAX, currency)))
            return None
        return amount

    def id(self, name: str) -> UUID:
        found = self.maybe_id(name)
        if found is None:
            self.complain(name, "field_choice")
            return NIL
        return found

    def maybe_id(self, name: str) -> UUID | None:
        typed = self._sent.get(name, "").strip()
        return self._uuid(name, typed) if typed else None

    def ids(self, name: str) -> tuple[UUID, ...]:
        """A repeated field, in order; those left empty are passed over."""
        return tuple(self._uuid(name, typed) for typed in self._sent.getlist(name) if typed.strip())

    def _uuid(self, name: str, typed: str) -> UUID:
        try:
            return read_uuid(typed)
        except ValueError:
            self.complain(name, "field_choice")
            return NIL

    def choice(self, name: str, kind: type[E]) -> E:
        typed = self._sent.get(name, "")
        if typed in {option.value for option in kind}:
            return kind(typed)
        self.complain(name, "field_choice")
        return next(iter(kind))

    def one_of(self, name: str, options: frozenset[str]) -> str:
        typed = self._sent.get(name, "")
        if typed not in options:
            self.complain(name, "field_choice")
        return typed

    def some_of(self, name: str, options: frozenset[str]) -> tuple[str, ...]:
        """At least one of a repeated field."""
        chosen = tuple(dict.fromkeys(self._sent.getlist(name)))
        if not chosen or not options.issuperset(chosen):
            self.complain(name, "field_choice")
        return chosen

    def countries(self, name: str) -> tuple[str, ...]:
        """Two-letter codes of countries, however they are separated; none when the form does not ask."""
        typed = " ".join(self._sent.getlist(name))
        codes = as_meant(typed).upper().replace(",", " ").replace("、", " ").split()
        if name in self._sent and (not codes or not all(len(c) == 2 and c.isascii() and c.isalpha() for c in codes)):
            self.complain(name, "field_countries")
        return tuple(dict.fromkeys(codes))

    def flag(self, name: str) -> bool:
        return self._sent.get(name) == "1"

    def moment(self, name: str, zone: str) -> datetime:
        found = self.maybe_moment(name, zone)
        if found is None:
            self.complain(name, "field_moment")
        return found or datetime.now(UTC)

    def maybe_moment(self, name: str, zone: str) -> datetime | None:
        """A browser's date and time, read in the zone where none was typed with it."""
        typed = self._sent.get(name, "").strip()
        if not typed:
            return None
        try:
            told = datetime.fromisoformat(typed)
            if told.tzinfo is not None:
                return told.astimezone(ZoneInfo(zone))
            moment = told.replace(tzinfo=ZoneInfo(zone))
            there = moment.astimezone(UTC).astimezone(moment.tzinfo)
        except (ValueError, OverflowError):
            self.complain(name, "field_moment")
            return None
        # Where the clocks change, an hour does not happen, or happens twice: which was meant is asked, not guessed.
        if there.replace(tzinfo=None) != moment.replace(tzinfo=None):
            self.complain(name, "field_moment_skipped", zone=zone)
        elif moment.utcoffset() != moment.replace(fold=1).utcoffset():
            self.complain(name, "field_moment_twice", zone=zone)
        return moment
