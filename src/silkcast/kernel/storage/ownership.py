"""Whose a row is. A read that doesn't say for whom raises, through related managers and refreshes too.

`Model.objects.scoped(ctx)` is the ordinary door. `across_bases()` is the long, searchable name for the exception:
the relay, the auditors and the demo's own clean-up.
"""

from __future__ import annotations

from typing import Any, Self, TypeVar
from uuid import UUID

from django.db import models

from silkcast.kernel.context import Context
from silkcast.kernel.errors import Missing, Unscoped
from silkcast.kernel.ids import new_id
from silkcast.kernel.storage.seeing import see, see_all_of

M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """Refuses to touch the database until a scope was given."""

    _is_scoped = False
    _of_base: UUID | None = None  # None with a scope: all of them

    def scoped(self, ctx: Context) -> Self:
        """Rows of the context's base, and of its merchant where both the context and the rows have one."""
        return self.of(ctx.base_id, ctx.merchant_id)

    def of(self, base_id: UUID, merchant_id: UUID | None = None) -> Self:
        owned = self._scoped_clone(base_id).filter(base_id=base_id)
        if merchant_id is not None and getattr(self.model, "has_merchant", False):
            owned = owned.filter(merchant_id=merchant_id)
        return owned

    def across_bases(self) -> Self:
        return self._scoped_clone(None)

    def one(self, **by: Any) -> M:
        """The one row, or Missing: another base's row and no row are the same answer."""
        row = self.filter(**by).first()
        if row is None:
            raise Missing(kind=self.model._meta.model_name, **{name: str(value) for name, value in by.items()})
        return row

    def _scoped_clone(self, base_id: UUID | None) -> Self:
        clone = self.all()
        clone._is_scoped = True
        clone._of_base = base_id
        return clone

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._is_scoped = self._is_scoped
        clone._of_base = self._of_base
        return clone

    def _check(self) -> None:
        if not self._is_scoped:
            reason = f"{self.model.__name__} was read without .scoped(ctx)"
            raise Unscoped(reason)
        see(self._of_base)

    def _insert(self, objs: Any, *fields: Any, **named: Any) -> Any:
        see_all_of(row.base_id for row in objs)
        return super()._insert(objs, *fields, **named)  # type: ignore[misc]

    def _raw_delete(self, using: str | None) -> int:
        self._check()
        return int(super()._raw_delete(using))

    def _fetch_all(self) -> None:
        self._check()
        super()._fetch_all()

    def _iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return super()._iterator(*args, **kwargs)  # type: ignore[misc]

    def _update(self, values: Any, returning_fields: Any = None) -> Any:
        self._check()
        return super()._update(values)  # type: ignore[misc]

    def update(self, **values: Any) -> int:
        self._check()
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete()

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check()
        return super().aggregate(*args, **kwargs)


class Owned(models.Model):
    """A row of one base. Keys to other owned rows must stay within the base: see `guards`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    base_id = models.UUIDField(editable=False)

    objects: Any = ScopedQuerySet.as_manager()
    has_merchant = False

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"

    def _do_update(self, base_qs: Any, *saved: Any, **named: Any) -> Any:
        # A row that is saved again was read through a scope; it can only be written back into its own base.
        return super()._do_update(base_qs.of(self.base_id), *saved, **named)


class MerchantOwned(Owned):
    """A row that one merchant of the base owns: products, stock, orders, statements."""

    merchant_id = models.UUIDField(editable=False)
    has_merchant = True

    class Meta(Owned.Meta):
        abstract = True
