"""What wakes this domain: its own facts and the catalogue's, told on to rooms and screens. All effects are outside our
tables, so each may come twice."""

from __future__ import annotations

from typing import Any

from silkcast.domains.catalog.events import OfferSet, PriceChanged, ProductChanged, ProductListed, RateEntered
from silkcast.domains.studio.cards import find_card
from silkcast.domains.studio.control import running
from silkcast.domains.studio.events import (
    CameraAdded,
    CameraRemoved,
    CameraRotated,
    DestinationRemoved,
    DestinationSet,
    OverlayChanged,
    PitchEnded,
    PitchStarted,
    RoomPictureSet,
    SceneSwitched,
    ShowDestinationSet,
    ShowEnded,
    ShowWentLive,
)
from silkcast.domains.studio.queries.shows import get_show
from silkcast.domains.studio.stream_keys import subject_of_key
from silkcast.kernel.context import Context
from silkcast.kernel.events import on
from silkcast.kernel.storage.keys import keyring


@on(
    ShowWentLive,
    ShowEnded,
    SceneSwitched,
    OverlayChanged,
    PitchStarted,
    PitchEnded,
    ShowDestinationSet,
    CameraAdded,
    CameraRotated,
    CameraRemoved,
    DestinationSet,
    DestinationRemoved,
    RoomPictureSet,
    outside=True,
)
def bring_rooms_up_to_date(ctx: Context, fact: Any) -> None:
    for control in running():
        control.wake()


@on(OfferSet, PriceChanged, ProductChanged, ProductListed, RateEntered, outside=True)
def bring_price_cards_up_to_date(ctx: Context, fact: Any) -> None:
    for control in running():
        control.wake(prices_changed=True)


@on(ShowWentLive, ShowEnded, outside=True)
def tell_screens_of_the_show(ctx: Context, fact: ShowWentLive | ShowEnded) -> None:
    state = "on_air" if isinstance(fact, ShowWentLive) else "ended"
    for control in running():
        control.publish(ctx.base_id, fact.show_id, "show", {"state": state})


@on(OverlayChanged, outside=True)
def tell_screens_of_the_overlay(ctx: Context, fact: OverlayChanged) -> None:
    for control in running():
        control.publish(ctx.base_id, fact.show_id, "overlay", {"kind": fact.kind, "visible": fact.visible})


@on(PitchStarted, PitchEnded, outside=True)
def tell_screens_of_the_pitch(ctx: Context, fact: PitchStarted | PitchEnded) -> None:
    body = {
        "line_id": str(fact.line_id),
        "product_id": str(fact.product_id),
        "state": "started" if isinstance(fact, PitchStarted) else "ended",
    }
    for control in running():
        card = find_card(ctx, get_show(ctx, fact.show_id), fact.product_id)
        offered = {"sku_id": str(card.sku_id), "units_left": card.units_left} if card is not None else {}
        control.publish(ctx.base_id, fact.show_id, "pitch", {**body, **offered})


@on(DestinationRemoved, outside=True)
def forget_the_stream_key(ctx: Context, fact: DestinationRemoved) -> None:
    """Copies of the sealed key may stand in backups; without its key nobody opens them."""
    keyring().forget(subject_of_key(fact.destination_id))
