"""What every REST router shares: in whose name, with which right, under which retry key, and pages of a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Schema
from ninja.params.functions import Query
from pydantic import AwareDatetime, BeforeValidator, GetPydanticSchema, Strict
from pydantic_core.core_schema import no_info_after_validator_function

from silkcast.kernel.actions import run
from silkcast.kernel.canonical import read_uuid, read_whole
from silkcast.kernel.context import Context, require
from silkcast.kernel.http import context, retry_key
from silkcast.kernel.money import AMOUNT_MAX, EXPONENTS, Money

LIMIT_MAX = 200
OFFSET_MAX = 10_000_000
T = TypeVar("T")


def _canonical(read: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: read(value) if isinstance(value, str) else value)


# What stands in an address has one spelling.
Id = Annotated[UUID, _canonical(read_uuid)]


def whole(least: int, most: int, words: str = "") -> Any:
    """Of a number in the query. Beside another annotation pydantic forgets the default that ninja gives the field."""
    asked: Any = Query(ge=least, le=most, description=words or None)
    asked.metadata.append(_canonical(read_whole))
    return asked


Limit = Annotated[int, whole(1, LIMIT_MAX, "How many items at most.")]
Offset = Annotated[int, whole(0, OFFSET_MAX, "`next` of the page before.")]
# Of a body: a number is no text and no truth, and 1.0 is no whole number.
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d")


def _as_written(value: object) -> object:
    """A bare number would be read as seconds since 1970, and a price list would begin there."""
    if not isinstance(value, str | date) or (isinstance(value, str) and not _WRITTEN.match(value)):
        raise ValueError("it is written as YYYY-MM-DD, a moment with time and zone: 2026-11-22T09:00Z")  # noqa: EM101 - becomes the reason of an Invalid
    return value


Day = Annotated[date, BeforeValidator(_as_written)]
Moment = Annotated[AwareDatetime, BeforeValidator(_as_written)]


class Body(Schema, extra="forbid"):
    """What is sent in: a field that we don't know is refused, for what it should have done would not be done."""


class _Entered(Body):
    minor: Whole
    currency: Annotated[str, Field(json_schema_extra={"enum": sorted(EXPONENTS)})]

    def money(self) -> Money:
        return Money(self.minor, self.currency)


class PriceIn(_Entered):
    """More than nothing, in minor units of its currency."""

    minor: Annotated[Whole, Field(ge=1, le=AMOUNT_MAX)]


class CostIn(_Entered):
    """In minor units of its currency; it may be nothing."""

    minor: Annotated[Whole, Field(ge=0, le=AMOUNT_MAX)]


def _read_as(kind: type[_Entered]) -> GetPydanticSchema:
    return GetPydanticSchema(lambda _, of: no_info_after_validator_function(kind.money, of(kind)))


Price = Annotated[Money, _read_as(PriceIn)]
Cost = Annotated[Money, _read_as(CostIn)]


class Page(Schema, Generic[T]):
    """Part of a list. `next` is the offset of the following page, null on the last one."""

    items: list[T]
    next: int | None
    total: int


def page(items: Sequence[Any], total: int, offset: int) -> dict[str, Any]:
    following = offset + len(items)
    return {"items": list(items), "next": following if items and following < total else None, "total": total}


def sliced(items: Sequence[Any], offset: int, limit: int) -> dict[str, Any]:
    """A page of a list that is small and read whole."""
    return page(items[offset : offset + limit], len(items), offset)


def allowed(request: HttpRequest, verb: str) -> Context:
    """The context of a caller who may do this, if only to the rows of their own merchant."""
    ctx = context(request)
    require(ctx, verb, merchant_id=ctx.merchant_id)
    return ctx


def allowed_for_base(request: HttpRequest, verb: str) -> Context:
    """The context of a caller who may do this for the whole base: a merchant's own key may not."""
    ctx = context(request)
    require(ctx, verb)
    return ctx


def act(request: HttpRequest, wanted: Any) -> Any:
    """Run an action under the request's Idempotency-Key; its answer, or the first one as plain data."""
    return run(context(request), wanted, key=retry_key(request))
