"""One of everything in every state that it can come to, in a base at work: what pages and reads must have words for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any
from uuid import UUID

from silkcast.domains.base import api as base
from silkcast.domains.base.contracts import Role, RoomKind
from silkcast.domains.catalog import api as catalog
from silkcast.domains.catalog.models import Price, Product
from silkcast.domains.inventory import api as inventory
from silkcast.domains.inventory.contracts import MovementKind, WarehouseKind
from silkcast.domains.orders import api as orders
from silkcast.domains.orders import fulfilment
from silkcast.domains.orders.actions.fulfil import NoteDelivery
from silkcast.domains.orders.actions.give_back import ReturnPayment, SettleReturn
from silkcast.domains.orders.actions.pay import BeginPayment, ExpireHold
from silkcast.domains.orders.actions.problems import ReportProblem, SettleProblem
from silkcast.domains.orders.actions.refund import SettleRefund
from silkcast.domains.orders.contracts import CheckoutState, OrderState
from silkcast.domains.payments.contracts import ChargeOutcome, PaymentState, Verdict
from silkcast.domains.shipping import api as shipping
from silkcast.domains.shipping.contracts import ConsignmentState
from silkcast.domains.studio import api as studio
from silkcast.domains.studio.contracts import ShowState
from silkcast.kernel.ids import CheckoutId, PaymentId, ProductId, RoomId, ShowId, SkuId, new_id
from silkcast.kernel.money import Money
from tests.cast import DECLINED_CARD, SILENT_CARD, on_air
from tests.domains.control_room.floor import Floor

Ids = dict[str, list[str]]


class States:
    """Makes them; `ids` by the name of the parameter that asks for such a thing."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.own = floor, floor.base
        self.base_id = str(floor.base.ctx.base_id)
        self.ids: Ids = defaultdict(list)
        self.checkouts: list[CheckoutId] = []
        self.own.receives(floor.skus[1], 50, merchant=1)
        self._people()
        self._rooms()
        self._goods()
        self._shows()
        self._orders()
        self.ids["unit"], self.ids["quote"], self.ids["kind"] = ["USD"], ["JPY", "CHF", "XXX"], ["price_card"]
        self.ids["slug"], self.ids["name"] = [self.own.slug, "nowhere"], ["nothing.png"]

    def _note(self, **found: Any) -> None:
        for name, value in found.items():
            self.ids[name].append(str(value))

    def _people(self) -> None:
        self.floor.does(base.Invite(name="Invited", email="invited@states.test", role=Role.CREW))
        gone = self.floor.does(base.Invite(name="Gone", email="gone@states.test", role=Role.HOST)).person_id
        self.floor.does(base.DeactivatePerson(person_id=gone))
        key = base.fresh_key()
        made = base.MakeApiKey(name="Revoked", scopes=("orders.read",), digest=base.digest_of_key(key), prefix=key[:8])
        revoked = self.floor.does(made).key_id
        self.floor.does(base.RevokeApiKey(key_id=revoked))
        self._note(key_id=revoked, merchant_id=self.own.merchants[0])
        self._note(merchant_id=self.own.merchants[1], token="no.token")

    def _rooms(self) -> None:
        bare = self.floor.does(base.AddRoom(name="Bare room", kind=RoomKind.HALL)).added_room_id
        self._note(room_id=self.floor.room_id, camera_id=self.floor.cameras[0], scene_id=self.floor.scene_id)
        self._note(room_id=bare, destination_id=self.floor.destination_id, line_id=self.floor.lines[0])
        self._ends(bare)

    def _goods(self) -> None:
        empty = self.floor.does(
            inventory.AddWarehouse(name="Empty", kind=WarehouseKind.BONDED, country="CN")
        ).warehouse_id
        self._note(warehouse_id=empty)
        sold_out = self.own.sells("states-none", 0)
        moved = self.own.sells("states-moved", 3)
        self.own.does(
            inventory.MoveStock(
                kind=MovementKind.TRANSFER,
                sku_id=moved,
                merchant_id=self.own.merchants[0],
                warehouse_id=self.own.warehouse_id,
                to_warehouse_id=empty,
                units=3,
            )
        )
        elsewhere = self.own.sells("states-francs", 2)
        Price.objects.of(self.own.ctx.base_id).filter(sku_id=elsewhere).update(currency="CHF")  # and no rate to it
        unlisted = self.own.sells("states-unlisted", 2)
        self.floor.does(catalog.ListProduct(product_id=self.product_of(unlisted), is_listed=False))
        wordless = self.own.sells("states-nowhere", 2)
        Product.objects.of(self.own.ctx.base_id).filter(id=self.product_of(wordless)).update(markets=[])
        for sku_id in (*self.floor.skus, sold_out, moved, elsewhere, unlisted, wordless):
            self._note(sku_id=sku_id, product_id=self.product_of(sku_id))
        self.elsewhere = elsewhere

    def product_of(self, sku_id: SkuId) -> ProductId:
        return ProductId(catalog.product_of_skus(self.own.ctx, [sku_id])[sku_id])

    def _shows(self) -> None:
        self._note(show_id=self.floor.show_id)
        self._note(show_id=self.floor.planned_id)
        odd = self._planned(self.floor.room_id)
        for code in ("states-francs", "states-unlisted", "states-none"):
            self.floor.does(studio.AddToRundown(show_id=odd, product_id=self.product_of(self.own.skus[code])))

    def _planned(self, room_id: RoomId) -> ShowId:
        wanted = studio.PlanShow(room_id=room_id, title="Odd show", language="ar", currency=self.own.currency)
        show_id: ShowId = self.floor.does(wanted).show_id
        self._note(show_id=show_id)
        return show_id

    def _ends(self, room_id: RoomId) -> None:
        """A show without cameras, goods or sales, on air and over."""
        key = studio.fresh_stream_key()
        camera = studio.AddCamera(
            room_id=room_id, name="Only", key_digest=studio.digest_of_stream_key(key), key_ending=studio.ending_of(key)
        )
        self._note(camera_id=self.floor.does(camera).camera_id)
        show_id = self._planned(room_id)
        self.floor.does(studio.GoLive(show_id=show_id))
        self.floor.does(studio.EndShow(show_id=show_id))

    def _placed(self, *, off_air: bool = False) -> CheckoutId:
        sku_id = self.own.sells(f"states-{new_id().hex}", 5)
        show = None if off_air else on_air(self.floor.show_id, 2)
        request = self.own.wants((sku_id, 2), (self.floor.skus[1], 1), viewer=f"v-{new_id().hex}", show=show)
        (outcome,) = self.own.places(request)
        assert not isinstance(outcome, Exception), outcome
        return request.checkout_id

    def _paid(self, **how: Any) -> list[UUID]:
        checkout_id = self._placed(**how)
        self._kept(checkout_id)
        orders.pay(self.own.at(1), checkout_id, GOOD, "sandbox")
        return [order.id for order in orders.get_checkout(self.own.ctx, checkout_id).orders]

    def _kept(self, checkout_id: CheckoutId) -> None:
        self.checkouts.append(checkout_id)
        self._note(checkout_id=checkout_id)
        for order in orders.get_checkout(self.own.ctx, checkout_id).orders:
            self._note(order_id=order.id)

    def _orders(self) -> None:
        self._kept(self._placed())
        self._kept(self._placed(off_air=True))
        for card in (DECLINED_CARD, SILENT_CARD):
            self._kept(checkout_id := self._placed())
            orders.pay(self.own.at(1), checkout_id, card, "sandbox")
        for ending in ("paying", "returning", "returned", "expired"):
            self._kept(checkout_id := self._placed(off_air=ending == "returned"))
            self._unpaid(checkout_id, ending)
        self._paid(off_air=True)
        for steps in range(1, 8):
            (first, _) = self._paid(off_air=steps == 3)
            self._sent(first, steps)
        for amount, verdict in (
            (None, Verdict.CAPTURED),
            (100, Verdict.CAPTURED),
            (100, None),
            (100, Verdict.DECLINED),
        ):
            for is_sent in (False, True):
                (first, _) = self._paid()
                if is_sent:
                    self._sent(first, 2)
                self._refunded(first, amount, verdict)
        for is_settled in (False, True):
            (first, _) = self._paid()
            self._sent(first, 3)
            wrong = orders.get_order(self.own.ctx, first).id
            self.own.does(ReportProblem(order_id=wrong, words="The box is empty"), seconds=70)
            if is_settled:
                said_at = orders.get_order(self.own.ctx, wrong).problem_at
                assert said_at is not None
                self.own.does(SettleProblem(order_id=wrong, problem_at=said_at), seconds=80)
        erased, other = self._paid()
        for order_id in (erased, other):
            self._sent(order_id, 2)
        self.floor.does(orders.EraseBuyer(checkout_id=self.checkouts[-1]))
        self._priceless()

    def _unpaid(self, checkout_id: CheckoutId, ending: str) -> None:
        if ending == "expired":
            self.own.does(ExpireHold(checkout_id=checkout_id), seconds=10_000)
            return
        payment_id = PaymentId(new_id())
        self.own.does(BeginPayment(checkout_id=checkout_id, payment_id=payment_id, gateway="sandbox"), seconds=1)
        if ending != "paying":
            outcome = ChargeOutcome(verdict=Verdict.CAPTURED, reference="r", brand="Visa", last4="4242")
            self.own.does(ReturnPayment(payment_id=payment_id, outcome=outcome), seconds=2)
        if ending == "returned":
            self.own.does(SettleReturn(payment_id=payment_id), seconds=3)

    def _sent(self, order_id: UUID, steps: int) -> None:
        """Labelled, shipped, handed over, in transit, out for delivery, delivered, received."""
        fulfilment.buy_label(self.base_id, str(order_id), "")
        (parcel,) = shipping.consignments(self.own.ctx, [order_id])[order_id]
        self._note(consignment_id=parcel.id, parcel_id=parcel.id)
        if steps >= 2:
            fulfilment.send_off(self.base_id, str(order_id), "")
        states = list(ConsignmentState)[1 : max(1, steps - 1)]
        reported = tuple(shipping.ReportedStep(state=state, at=self.own.ctx.at, place="Somewhere") for state in states)
        if reported:
            self.own.does(shipping.RecordSteps(consignment_id=parcel.id, steps=reported))
        if ConsignmentState.DELIVERED in states:
            self.own.does(NoteDelivery(order_id=orders.get_order(self.own.ctx, order_id).id))
        if steps >= 7:
            self.own.does(orders.ConfirmReceipt(order_id=orders.get_order(self.own.ctx, order_id).id), seconds=60)

    def _refunded(self, order_id: UUID, minor: int | None, verdict: Verdict | None) -> None:
        order, refund_id = orders.get_order(self.own.ctx, order_id), new_id()
        amount = order.total if minor is None else Money(minor, self.own.currency)
        self.own.does(orders.RefundOrder(order_id=order.id, refund_id=refund_id, amount=amount, reason="x"), seconds=9)
        if verdict is not None:
            self.own.does(SettleRefund(refund_id=refund_id, verdict=verdict), seconds=10)

    def _priceless(self) -> None:
        """Bought, paid, sent, and then without a price in any currency that counts here."""
        sku_id = self.own.sells("states-was-sold", 3)
        checkout_id = self.own.bought((sku_id, 1), show=on_air(self.floor.show_id, 1))
        self._kept(checkout_id)
        Price.objects.of(self.own.ctx.base_id).filter(sku_id=sku_id).update(currency="CHF")
        self._note(sku_id=sku_id, product_id=self.product_of(sku_id))


GOOD = replace(DECLINED_CARD, number="4242424242424242")
EVERY = {
    "order": set(OrderState),
    "checkout": set(CheckoutState),
    "payment": set(PaymentState),
    "show": set(ShowState),
    "parcel": set(ConsignmentState),
}
