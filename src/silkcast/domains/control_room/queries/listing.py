"""Pages of lists whose rows and whose length come from a query, in the form that templates page through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from silkcast.kernel.canonical import read_whole

ROWS = 25
PAGE_MAX = 100_000


def page_number(request: HttpRequest) -> int:
    try:
        return max(1, min(read_whole(request.GET.get("page", "1")), PAGE_MAX))
    except ValueError:
        return 1


def offset(number: int) -> int:
    return (number - 1) * ROWS


def page_of(rows: Sequence[dict[str, Any]], total: int, number: int) -> Page[Any]:
    """`rows` are those of this page; the paginator only counts."""
    return Page(list(rows), number, Paginator(range(total), ROWS))
