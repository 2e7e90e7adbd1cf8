"""Makes the demo base once, by the same actions that people use, and writes what a script needs to demo.json."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from silkcast.demo import goods
from silkcast.domains.base.actions.merchants import AddMerchant
from silkcast.domains.base.api import (
    AddRoom,
    Founding,
    GrantRole,
    Invite,
    MakeApiKey,
    digest_of_key,
    found_base,
    fresh_key,
    list_bases,
    remove_base,
)
from silkcast.domains.base.contracts import BaseKind, Role, RoomKind
from silkcast.domains.base.people import set_password
from silkcast.domains.base.roles import SCOPES
from silkcast.domains.catalog.api import AddProduct, AddSku, EnterRate, NewSku, SetOffer
from silkcast.domains.inventory.api import AddWarehouse, MoveStock
from silkcast.domains.inventory.contracts import MovementKind, WarehouseKind
from silkcast.domains.shipping.api import AddRateCard
from silkcast.domains.studio.api import (
    AddCamera,
    AddScene,
    AddToRundown,
    GoLive,
    OpenOwnShop,
    PlanShow,
    SetDestination,
    StartPitch,
    digest_of_stream_key,
    ending_of,
    fresh_stream_key,
)
from silkcast.domains.studio.contracts import Layout, Platform
from silkcast.kernel.actions import run
from silkcast.kernel.context import SYSTEM, Context
from silkcast.kernel.ids import MerchantId, ProductId, RoomId, ShowId, SkuId
from silkcast.kernel.money import Money
from silkcast.kernel.settings import Settings
from silkcast.project.wiring import load_everything

SLUG = "demo"
UNFINISHED = ".demo-unfinished"
NOT_WANTED = ".demo-removed"  # the demo was taken away on purpose; it does not come back by itself
CURRENCY = "USD"
COST_CURRENCY = "CNY"
ZONE = "Asia/Shanghai"
ROOMS = (("Room A", RoomKind.STANDARD), ("Room B", RoomKind.GREEN_SCREEN), ("Hall", RoomKind.HALL))
CAMERAS = ("Presenter", "Product")


@dataclass(frozen=True, slots=True)
class _Goods:
    product_ids: list[ProductId]
    sku_ids: dict[str, SkuId]


def ensure_demo(settings: Settings) -> None:
    """Make the demo base in an installation that has no base yet; otherwise leave everything as it is.

    One whose making was interrupted is taken away and made anew: half a demo would stay for ever.
    """
    note, unfinished = settings.data / "demo.json", settings.data / UNFINISHED
    if unfinished.exists():
        for left in list_bases():
            if left.is_simulated:
                remove_base(left.id)
    if list_bases() or (settings.data / NOT_WANTED).exists():
        return
    unfinished.touch()
    load_everything()
    password = secrets.token_urlsafe(9)
    base = found_base(
        Founding(
            slug=SLUG,
            name="Demo base 演示基地",
            kind=BaseKind.DEMO,
            currency=CURRENCY,
            time_zone=ZONE,
            operator_email="operator@demo.silkcast.test",
            operator_name="Demo operator",
            password=password,
        )
    )
    ctx = Context(base_id=base.id, actor=SYSTEM, at=datetime.now(UTC))
    merchants = [
        run(ctx, AddMerchant(name=name, commission_bp=share)).added_merchant_id for name, share in goods.MERCHANTS
    ]
    logins = [_login("operator@demo.silkcast.test", password, Role.OPERATOR), *_people(ctx, merchants, password)]
    stocked = _sell(ctx, merchants)
    rooms, keys = _rooms(ctx)
    platforms = _platforms(ctx)
    show_id = _show(ctx, rooms[0], stocked)
    _plan_ahead(ctx, rooms[1], stocked)
    key = _api_key(ctx)
    write_note(
        note,
        {
            "simulated": True,
            "url": settings.origin,
            "base": {"id": str(base.id), "slug": SLUG},
            "logins": logins,
            "api_key": key,
            "rooms": keys,
            "platforms": platforms,
            "live_show_id": str(show_id),
            "merchants": [str(merchant) for merchant in merchants],
            "skus": {code: str(sku_id) for code, sku_id in stocked.sku_ids.items()},
        },
    )
    unfinished.unlink()


def write_note(path: Path, note: dict[str, Any]) -> None:
    """Only the owner may read it: it holds passwords and keys of the simulated base."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as handle:
        json.dump(note, handle, ensure_ascii=False, indent=2)
    draft.replace(path)


def _login(email: str, password: str, role: Role) -> dict[str, str]:
    return {"email": email, "password": password, "role": role.value}


def _people(ctx: Context, merchants: list[MerchantId], password: str) -> list[dict[str, str]]:
    wanted: list[tuple[str, str, Role, MerchantId | None]] = [
        ("crew@demo.silkcast.test", "Demo crew", Role.CREW, None),
        ("host@demo.silkcast.test", "Demo host", Role.HOST, None),
    ]
    wanted += [
        (f"merchant{index + 1}@demo.silkcast.test", f"Demo merchant {index + 1}", Role.MERCHANT, merchant_id)
        for index, merchant_id in enumerate(merchants)
    ]
    for email, name, role, merchant_id in wanted:
        invited = run(ctx, Invite(name=name, email=email, role=role, for_merchant_id=merchant_id))
        set_password(invited.person_id, password)
        if role is Role.CREW:
            run(ctx, GrantRole(person_id=invited.person_id, role=Role.FINANCE))
    return [_login(email, password, role) for email, _, role, _ in wanted]


def _sell(ctx: Context, merchants: list[MerchantId]) -> _Goods:
    for unit, quote, rate in goods.RATES:
        run(ctx, EnterRate(unit=unit, quote=quote, rate=rate, source="simulated"))
    shelves = [
        run(ctx, AddWarehouse(name=name, kind=kind, country=country)).warehouse_id
        for name, kind, country in (
            ("Los Angeles 海外仓", WarehouseKind.OVERSEAS, "US"),
            ("Shenzhen 国内仓", WarehouseKind.DOMESTIC, "CN"),
            ("Hangzhou 保税仓", WarehouseKind.BONDED, "CN"),
        )
    ]
    usd = Money(0, CURRENCY).currency
    run(
        ctx,
        AddRateCard(
            name="Standard 标准",
            carrier="sandbox",
            countries=(),
            first=Money(490, usd),
            per_kg=Money(320, usd),
            days_least=7,
            days_most=12,
        ),
    )
    run(
        ctx,
        AddRateCard(
            name="Express 特快",
            carrier="sandbox",
            countries=(),
            first=Money(1290, usd),
            per_kg=Money(740, usd),
            days_least=3,
            days_most=5,
        ),
    )
    products, skus = [], {}
    for product in goods.PRODUCTS:
        merchant_id = merchants[product.merchant]
        first, *others = [_sku(sku, product.offer_percent) for sku in product.skus]
        added = run(
            ctx,
            AddProduct(
                merchant_id=merchant_id,
                title=product.title,
                title_zh=product.title_zh,
                description=product.description,
                description_zh=product.description_zh,
                role=product.role,
                image=f"products/{product.image}.png",
                markets=goods.MARKETS,
                sku=first,
            ),
        )
        ids = [added.sku_id, *(run(ctx, AddSku(product_id=added.product_id, sku=other)).sku_id for other in others)]
        products.append(added.product_id)
        for sku, sku_id in zip(product.skus, ids, strict=True):
            skus[sku.code] = sku_id
            _stock(ctx, sku_id, merchant_id, shelves, sku.units)
    return _Goods(products, skus)


def _sku(sku: goods.DemoSku, offer_percent: int) -> NewSku:
    return NewSku(
        code=sku.code,
        name=sku.name,
        name_zh=sku.name_zh,
        price=Money(sku.price_minor, CURRENCY),
        cost=Money(sku.cost_minor, COST_CURRENCY),
        weight_g=sku.weight_g,
    )


def _stock(ctx: Context, sku_id: SkuId, merchant_id: MerchantId, shelves: list[UUID], units: int) -> None:
    parts = (units // 2, units // 3, units - units // 2 - units // 3)
    for warehouse_id, part in zip(shelves, parts, strict=True):
        move = MoveStock(
            kind=MovementKind.RECEIVE, sku_id=sku_id, merchant_id=merchant_id, warehouse_id=warehouse_id, units=part
        )
        run(ctx, move)


def _rooms(ctx: Context) -> tuple[list[RoomId], list[dict[str, Any]]]:
    rooms: list[RoomId] = []
    notes: list[dict[str, Any]] = []
    for name, kind in ROOMS:
        room_id = run(ctx, AddRoom(name=name, kind=kind)).added_room_id
        cameras = []
        for camera in CAMERAS:
            key = fresh_stream_key()
            request = AddCamera(
                room_id=room_id, name=camera, key_digest=digest_of_stream_key(key), key_ending=ending_of(key)
            )
            cameras.append({"id": str(run(ctx, request).camera_id), "name": camera, "stream_key": key})
        ids = tuple(UUID(camera["id"]) for camera in cameras)
        for title, layout, order in (
            ("Presenter 主播", Layout.FULL, ids[:1]),
            ("Product 商品", Layout.FULL, ids[1:]),
            ("Side by side 并排", Layout.SIDE_BY_SIDE, ids),
            ("Picture in picture 画中画", Layout.PICTURE_IN_PICTURE, (ids[1], ids[0])),
        ):
            run(ctx, AddScene(room_id=room_id, name=title, layout=layout, camera_ids=order))
        rooms.append(room_id)
        notes.append({"id": str(room_id), "name": name, "cameras": cameras})
    return rooms, notes


def _platforms(ctx: Context) -> list[dict[str, Any]]:
    """Two destinations on this machine, on ports that were free when the base was made."""
    run(ctx, OpenOwnShop(fee_bp=200))
    notes: list[dict[str, Any]] = []
    for name, platform, fee_bp in (
        ("TikTok (simulated)", Platform.TIKTOK, 600),
        ("Amazon Live (simulated)", Platform.AMAZON_LIVE, 900),
    ):
        key, port = fresh_stream_key(), _free_port()
        url = f"rtmp://127.0.0.1:{port}/live"
        request = SetDestination(name=name, platform=platform, url=url, fee_bp=fee_bp, stream_key=key)
        run(ctx, request)
        notes.append({"name": name, "port": port, "stream_key": key})
    return notes


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _show(ctx: Context, room_id: RoomId, stocked: _Goods) -> ShowId:
    planned = run(
        ctx,
        PlanShow(
            room_id=room_id, title="Silk and clay, live 丝与瓷", language="en", currency=CURRENCY, host_name="Demo host"
        ),
    )
    lines = _rundown(ctx, planned.show_id, stocked)
    run(ctx, GoLive(show_id=planned.show_id))
    run(ctx, StartPitch(show_id=planned.show_id, line_id=lines[0]))
    return ShowId(planned.show_id)


def _plan_ahead(ctx: Context, room_id: RoomId, stocked: _Goods) -> None:
    tomorrow = (ctx.at + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    planned = run(
        ctx,
        PlanShow(
            room_id=room_id,
            title="Evening tea 晚间茶会",
            language="en",
            currency=CURRENCY,
            host_name="Demo host",
            planned_at=tomorrow,
        ),
    )
    _rundown(ctx, planned.show_id, stocked)


def _rundown(ctx: Context, show_id: ShowId, stocked: _Goods) -> list[UUID]:
    lines = [
        run(ctx, AddToRundown(show_id=show_id, product_id=product_id)).line_id for product_id in stocked.product_ids
    ]
    for product in goods.PRODUCTS:
        for sku in product.skus:
            price = Money(sku.price_minor * product.offer_percent // 100, CURRENCY)
            run(
                ctx,
                SetOffer(
                    show_id=show_id,
                    sku_id=stocked.sku_ids[sku.code],
                    price=price,
                    was=Money(sku.price_minor, CURRENCY),
                    per_buyer_max=20,
                ),
            )
    return lines


def _api_key(ctx: Context) -> str:
    key = fresh_key()
    request = MakeApiKey(name="Demo script", scopes=tuple(SCOPES), digest=digest_of_key(key), prefix=key[:8])
    run(ctx, request)
    return key
