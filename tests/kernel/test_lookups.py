"""Rows read by key without the ORM say what the ORM would say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from tests.cast import Cast
from tests.project.stage import on_stage

from silkcast.domains.base.models import Person, RoleGrant
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.models import Programme, Show
from silkcast.kernel.actions import run
from silkcast.kernel.storage.lookups import columns_of, rows_by


def test_a_row_by_key_has_the_models_attributes_as_the_orm_has_them(cast: Cast) -> None:
    stage = on_stage(cast.east)
    planned_at = datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    planned = studio.PlanShow(
        room_id=stage.room_id, title="Later", language="en", currency="USD", planned_at=planned_at
    )
    later = run(replace(stage.ctx, at=planned_at - timedelta(days=1)), planned).show_id
    for model, asked in ((Show, {"id": [stage.show_id, later]}), (Programme, {"show_id": [stage.show_id]})):
        names = [field.attname for field in model._meta.concrete_fields]
        found = sorted(rows_by(model, cast.east.ctx.base_id, **asked), key=attrgetter("id"))
        same = model.objects.scoped(cast.east.ctx).filter(id__in=[row.id for row in found]).order_by("id")
        assert found
        assert [[getattr(row, name) for name in names] for row in found] == list(map(list, same.values_list(*names)))


def test_another_bases_rows_are_not_there(cast: Cast) -> None:
    stage = on_stage(cast.east)
    assert rows_by(Show, cast.west.ctx.base_id, id=[stage.show_id]) == []
    assert rows_by(Show, cast.east.ctx.base_id, id=[]) == []


def test_an_empty_column_stays_empty(cast: Cast) -> None:
    person = Person.objects.get(id=cast.east.operator.id)
    grants = columns_of(RoleGrant, ("person_id", "merchant_id", "room_id"), person.base_id, person_id=[person.id])
    assert grants == [(person.id, None, None)]
