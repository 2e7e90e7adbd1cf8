"""Two bases with two merchants each, and something of every kind in all four; and what would betray one to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role
from silkcast.domains.catalog import api as catalog
from silkcast.domains.orders import api as orders
from silkcast.domains.orders import fulfilment
from silkcast.domains.shipping import api as shipping
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import Layout, Platform
from silkcast.kernel.ids import new_id
from tests.cast import Cast, on_air
from tests.project.stage import Stage, on_stage

Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Plot:
    """One base's ids, by the name of the parameter that asks for such a thing; `second` are those of merchant two."""

    stage: Stage
    ids: dict[str, str]
    second: dict[str, str]
    checkout_id: UUID


def plot(stage: Stage) -> Plot:
    skus = [stage.base.skus[f"{stage.base.slug}-{letter}"] for letter in "AB"]
    checkout_id = stage.base.bought((skus[0], 1), (skus[1], 1), show=on_air(stage.show_id, 0))
    base_id = str(stage.base.ctx.base_id)
    bought = orders.get_checkout(stage.ctx, checkout_id).orders
    placed = sorted(bought, key=lambda order: order.lines[0].sku_id != skus[0])
    parcels = []
    for order in placed:
        fulfilment.buy_label(base_id, str(order.id), str(new_id()))
        fulfilment.send_off(base_id, str(order.id), str(new_id()))
        parcels.append(shipping.consignments(stage.ctx, [order.id])[order.id][0].id)
    wanted = studio.SetDestination(
        name=f"{stage.base.slug} tv",
        platform=Platform.TIKTOK,
        url="rtmp://push.example/live",
        stream_key="k" * 16,
        fee_bp=500,
    )
    destination = stage.does(wanted).destination_id
    camera_id = studio.list_cameras(stage.ctx, stage.room_id)[0].id
    scene = studio.AddScene(
        room_id=stage.room_id, name=f"{stage.base.slug} scene", layout=Layout.FULL, camera_ids=(camera_id,)
    )
    invited = base.Invite(name=f"{stage.base.slug} host", email=f"host@{stage.base.slug}.test", role=Role.HOST)
    person = base.get_person(stage.does(invited).person_id)
    of_base = {
        "person_id": person.id,
        "grant_id": person.grants[0].id,
        "show_id": stage.show_id,
        "room_id": stage.room_id,
        "camera_id": camera_id,
        "scene_id": stage.does(scene).scene_id,
        "destination_id": destination,
        "line_id": stage.lines[0],
        "checkout_id": checkout_id,
        "warehouse_id": stage.base.warehouse_id,
    }
    of_merchants = [
        {
            "merchant_id": stage.base.merchants[n],
            "product_id": stage.product_of(skus[n]),
            "sku_id": skus[n],
            "order_id": placed[n].id,
            "consignment_id": parcels[n],
        }
        for n in (0, 1)
    ]
    return Plot(
        stage=stage,
        ids={name: str(found) for name, found in {**of_base, **of_merchants[0]}.items()},
        second={name: str(found) for name, found in of_merchants[1].items()},
        checkout_id=checkout_id,
    )


@dataclass
class World:
    east: Plot
    west: Plot


def make_world(cast: Cast) -> World:
    stages = on_stage(cast.east), on_stage(cast.west)
    for stage in stages:
        stage.does(catalog.EnterRate(unit="USD", quote="JPY", rate="150", source=f"{stage.base.slug} bank"))
    return World(east=plot(stages[0]), west=plot(stages[1]))


def rows_of(base_id: UUID, merchant_id: UUID | None = None) -> Rows:
    """Every row of a base, or every row of one of its merchants: to see that nothing of it changed."""
    found: Rows = {}
    for model in apps.get_models():
        columns = {field.attname for field in model._meta.local_concrete_fields}
        if "base_id" not in columns or (merchant_id is not None and "merchant_id" not in columns):
            continue
        rows = model._base_manager.filter(base_id=base_id)
        rows = rows.of(base_id) if hasattr(rows, "of") else rows
        rows = rows.filter(merchant_id=merchant_id) if merchant_id is not None else rows
        found[model._meta.label] = sorted(rows.values(), key=str)
    return found


def marks_of(rows: Rows) -> set[str]:
    """The ids of rows: none of them may stand in an answer to somebody else."""
    return {str(row["id"]) for own in rows.values() for row in own if isinstance(row.get("id"), UUID)}
