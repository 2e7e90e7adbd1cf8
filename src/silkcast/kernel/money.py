"""Money is a whole number of minor units in an ISO 4217 currency; no float comes near it.

The exponents are ISO 4217's own (list one, 2026-01-01); CLDR's table differs (it rounds some currencies for display).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from silkcast.kernel.errors import Invalid

_TWO = "AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR MXN MYR NOK NZD PHP PLN SAR SEK SGD THB TRY TWD USD"
EXPONENTS: dict[str, int] = {
    **dict.fromkeys([*_TWO.split(), "ZAR"], 2),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}
PLAIN = re.compile(r"-?[0-9]{1,18}(?:\.([0-9]+))?")
# In minor units.
AMOUNT_MAX = 10**12  # what is typed or bought at once: ten billion IDR, a trillion VND
BOOKED_MAX = 10**15  # one posting: a thousand units of the largest cost
MINOR_MAX = 9 * 10**18  # sums: the edge of a 64-bit column
RATE_MAX = Decimal(10) ** 6  # minor units for one of another currency, either way; GBP in IDR are some ten thousands
EXACT = Context(prec=60)  # digits of the largest amount by the longest rate


class CurrencyUnknown(Invalid):
    code = "money.currency_unknown"


class CurrencyMismatch(Invalid):
    code = "money.currency_mismatch"


class AmountInvalid(Invalid):
    code = "money.amount_invalid"


class AmountOutOfRange(Invalid):
    code = "money.amount_out_of_range"


class RateOutOfRange(Invalid):
    code = "money.rate_out_of_range"


def exponent(currency: str) -> int:
    """Decimal places of the currency's minor unit; CurrencyUnknown for one we don't trade in."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise CurrencyUnknown(currency=currency) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if abs(self.minor) > MINOR_MAX:
            raise AmountInvalid(amount=str(self.minor), currency=self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, units: int) -> Money:
        return Money(self.minor * units, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other


def check(amount: Money, field: str, *, least: int = 0, most: int = AMOUNT_MAX) -> Money:
    """The amount, if it lies within bounds given in minor units; AmountOutOfRange names the field."""
    if not least <= amount.minor <= most:
        bounds = (f"{Money(bound, amount.currency).decimal():f}" for bound in (least, most))
        raise AmountOutOfRange(
            field=field, **dict(zip(("least", "most"), bounds, strict=True)), currency=amount.currency
        )
    return amount


def is_bookable(amount: Money, home: str, rate: Decimal) -> bool:
    """Whether it is no more than may be bought at once, in its own currency and in the base's."""
    try:
        return max(amount.minor, exchange(amount, home, rate).minor) <= AMOUNT_MAX
    except AmountInvalid:
        return False


def check_rate(rate: Decimal, unit: str, quote: str) -> None:
    """RateOutOfRange for a rate that no two currencies have: by it what can be sold could not be booked."""
    of_minor = rate.scaleb(exponent(quote) - exponent(unit)) if rate.is_finite() else Decimal(0)
    if not 1 / RATE_MAX <= of_minor <= RATE_MAX:
        raise RateOutOfRange(unit=unit, quote=quote, rate=str(rate))


def parse(text: str, currency: str) -> Money:
    """Money from plain digits ("39.90"); refuses more decimals than the currency has, be they zeros.

    Somebody who writes three of them in a currency with two means thousands: "1.200" is not 1.20.
    """
    places, plain = exponent(currency), PLAIN.fullmatch(text.strip())
    if plain is None or len(plain[1] or "") > places:
        raise AmountInvalid(amount=text, currency=currency)
    return Money(int(Decimal(plain[0]).scaleb(places)), currency)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` minor units by whole weights so that the parts sum to it exactly (largest remainder).

    Equal remainders go to the earlier part. With no weight at all the first part takes everything.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole <= 0:
        return [total, *[0] * (len(weights) - 1)]
    sign, units = (-1, -total) if total < 0 else (1, total)
    floors = [units * weight // whole for weight in weights]
    remainders = [units * weight % whole for weight in weights]
    left = units - sum(floors)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        floors[index] += 1
    assert sum(floors) == units
    return [sign * part for part in floors]


def portion(amount: int, basis_points: int) -> int:
    """A share given in hundredths of a percent, rounded half to even once."""
    return int((Decimal(amount) * basis_points / 10_000).to_integral_value(ROUND_HALF_EVEN))


def exchange(amount: Money, currency: str, rate: Decimal) -> Money:
    """The amount in another currency at `rate` units of it per unit of ours, rounded half to even once."""
    if amount.currency == currency:
        return amount
    minor = EXACT.multiply(amount.decimal(), rate).scaleb(exponent(currency), EXACT)
    return Money(int(minor.to_integral_value(ROUND_HALF_EVEN)), currency)
