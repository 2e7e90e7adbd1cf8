"""The running numbers of one show. Its state is sets and sums only, so the order and the batching of what comes leave
no trace in them, and a late signal corrects the minute it belongs to."""

from __future__ import annotations

from collections import Counter

import numpy as np

from silkcast.domains.audience.engine.attendance import (
    BLOCK_MINUTES,
    BLOCK_MS,
    INTERACTED,
    ONLINE,
    SEEN,
    Attendance,
)
from silkcast.domains.audience.engine.batch import I64, NOBODY, U8, U32, Batch, Names, distinct, ranked
from silkcast.domains.audience.engine.curve import Curve, Sample
from silkcast.domains.audience.engine.faults import SHOW_TOO_LONG, TOO_MANY_SKUS, TOO_MANY_VIEWERS
from silkcast.domains.audience.engine.kinds import INTERACTIONS, KINDS_MAX, Kind
from silkcast.domains.audience.engine.metrics import (
    MINUTE_MS,
    ONLINE_MS,
    SEAL_AFTER_MS,
    SLOT_MS,
    Minute,
    Product,
    Show,
    ratio,
)
from silkcast.domains.audience.engine.takings import NO_SALES, Takings
from silkcast.domains.audience.engine.visits import Visits

_SLOTS_A_MINUTE = MINUTE_MS // SLOT_MS
_BLOCKS_DENSE_MAX = 64  # of a batch whose stamps span more, only the blocks that occur are laid out
BLOCKS_MAX = 31 * 24 * 60 // BLOCK_MINUTES  # a show has at most so many: a month that is on air without a break
VIEWERS_MAX = 1_000_000
SKUS_MAX = 2_000  # that viewers clicked
_INTERACTS = np.isin(np.arange(KINDS_MAX), list(INTERACTIONS))
_NEVER = np.iinfo(np.int64).min


class Tally:
    """All batches of one tally share their `Names`."""

    def __init__(self, *, seed: int) -> None:
        self.received_ms = 0  # of the latest signal
        self._curve = Curve()
        self._places = np.zeros(0, np.uint32)  # by viewer: where in the columns below; 0 has not been here
        self._viewers = 0
        self._attendance = Attendance(seed=seed)
        self._visits = Visits(seed=seed)
        self._takings = Takings()
        self._kinds: dict[int, I64] = {}  # block -> [minute within it, kind]
        self._kinds_in_all = np.zeros(KINDS_MAX, np.int64)
        self._late: Counter[int] = Counter()  # by minute
        self._heartbeat_ms = np.full(64, _NEVER, np.int64)  # the latest
        self._interacted = np.zeros(64, np.bool_)

    def judge(self, batch: Batch) -> U8:
        """What is wrong with rows, of this show, that would make it larger than a show may be; 0 where nothing is."""
        fault = np.zeros(len(batch), np.uint8)
        block = batch.at_ms // BLOCK_MS
        if len(self._kinds) + int(block.max()) - int(block.min()) + 1 > BLOCKS_MAX:
            new_blocks = list(set(distinct(block.view(np.uint64)).tolist()) - self._kinds.keys())
            if len(self._kinds) + len(new_blocks) > BLOCKS_MAX:
                fault[np.isin(block, new_blocks)] = SHOW_TOO_LONG
        if self._viewers + len(batch) > VIEWERS_MAX:
            is_new = self._known_places(batch) == 0
            if self._viewers + distinct(batch.viewer[is_new].astype(np.uint64)).shape[0] > VIEWERS_MAX:
                fault[is_new & (batch.viewer != NOBODY)] = TOO_MANY_VIEWERS
        fault[self._visits.beyond(batch, SKUS_MAX)] = TOO_MANY_SKUS
        fault[batch.is_fact] = 0
        return fault

    def add(self, batch: Batch) -> None:
        """Count a batch whose rows are all of this show, and new."""
        if not len(batch):
            return
        self._curve.advance(int(batch.received_ms.min()), self.received_ms, self._sample)
        self.received_ms = max(self.received_ms, int(batch.received_ms.max()))
        kind = batch.kind
        slot = batch.at_ms // SLOT_MS
        block = slot // (BLOCK_MS // SLOT_MS)
        slot -= block * (BLOCK_MS // SLOT_MS)
        place = self._note_viewers(batch)
        self._attendance.add(place, kind, block, slot)
        self._count_kinds(kind, block, slot // _SLOTS_A_MINUTE)
        self._count_late(batch)
        if batch.sku.any():
            self._visits.add(batch)
        if batch.order.shape[0]:
            self._takings.add(batch)

    def online(self, at_ms: int) -> int:
        return int(np.count_nonzero(self._heartbeat_ms > at_ms - ONLINE_MS))

    def show(self, names: Names, at_ms: int, *, since_ms: int = 0, with_products: bool = True) -> Show:
        """The show as of `at_ms`, with its minutes from `since_ms` on."""
        kinds = self._kinds_in_all.tolist()
        return Show(
            at_ms=at_ms,
            signals=sum(kinds[: Kind.BUY]),
            online=self.online(at_ms),
            viewers=self._viewers,
            views=kinds[Kind.ENTER],
            stay_s=self._stay_s(),
            interactors=int(np.count_nonzero(self._interacted)),
            comments=kinds[Kind.COMMENT],
            likes=kinds[Kind.LIKE],
            shares=kinds[Kind.SHARE],
            follows=kinds[Kind.FOLLOW],
            clicks=kinds[Kind.CLICK],
            carts=kinds[Kind.CART],
            leaves=kinds[Kind.LEAVE],
            sales=self._takings.show.sales(),
            minutes=self._minutes(since_ms // MINUTE_MS),
            products=self._products(names) if with_products else (),
        )

    def online_by_minute(self) -> dict[int, int]:
        """Viewers with a heartbeat in the minute, by the minute's start."""
        return {
            (block * BLOCK_MINUTES + minute) * MINUTE_MS: online
            for block, counts in sorted(self._attendance.counts.items())
            for minute, online in enumerate(counts[ONLINE:INTERACTED].tolist())
            if online
        }

    def points(self, at_ms: int, most: int) -> list[Sample]:
        """The curve until now, in at most so many points."""
        self._curve.advance(at_ms, self.received_ms, self._sample)
        return self._curve.points(most)

    def _sample(self, at_ms: int) -> Sample:
        viewers, sales = self._viewers, self._takings.show
        return Sample(
            at_ms=at_ms,
            online=self.online(at_ms),
            stay_s_average=ratio(self._stay_s(), viewers),
            interaction_rate=ratio(int(np.count_nonzero(self._interacted)), viewers),
            conversion=ratio(len(sales.buyers), viewers),
            gmv_minor=sales.gmv_minor,
        )

    def _stay_s(self) -> int:
        return self._attendance.slots * SLOT_MS // 1000

    def _count_kinds(self, kind: U8, block: I64, minute: I64) -> None:
        self._kinds_in_all += np.bincount(kind, minlength=KINDS_MAX)
        cells = BLOCK_MINUTES * KINDS_MAX
        first = int(block.min())
        span = int(block.max()) - first + 1
        cell = minute * KINDS_MAX + kind
        if span <= _BLOCKS_DENSE_MAX:
            cell += (block - first) * cells
            counts = np.bincount(cell, minlength=span * cells).reshape(span, BLOCK_MINUTES, KINDS_MAX)
            found = {first + place: counts[place] for place in np.flatnonzero(counts.any(axis=(1, 2))).tolist()}
        else:
            numbers, place = ranked(block.astype(np.uint32))
            cell += place * cells
            counts = np.bincount(cell, minlength=numbers.shape[0] * cells).reshape(-1, BLOCK_MINUTES, KINDS_MAX)
            found = dict(zip(numbers.tolist(), counts, strict=True))
        for number, counts in found.items():
            known = self._kinds.get(number)
            self._kinds[number] = counts.copy() if known is None else known + counts

    def _count_late(self, batch: Batch) -> None:
        # Only what is so old by its own stamp can belong to a sealed minute: most batches end with this one look.
        if int((batch.received_ms - batch.at_ms).max()) < SEAL_AFTER_MS:
            return
        minute = batch.at_ms // MINUTE_MS
        late = batch.received_ms >= (minute + 1) * MINUTE_MS + SEAL_AFTER_MS
        self._late.update(minute[late].tolist())

    def _note_viewers(self, batch: Batch) -> U32:
        place = self._places_of(batch)
        beats = (batch.kind == Kind.HEARTBEAT).nonzero()[0]
        np.maximum.at(self._heartbeat_ms, place[beats], batch.at_ms[beats])
        self._interacted[place[_INTERACTS[batch.kind]]] = True
        return place

    def _known_places(self, batch: Batch) -> U32:
        viewers = len(batch.names.viewers)
        if viewers > self._places.shape[0]:
            self._places = np.concatenate((self._places, np.zeros(viewers, np.uint32)))
        return self._places[batch.viewer]

    def _places_of(self, batch: Batch) -> U32:
        place = self._known_places(batch)
        missing = batch.viewer[(place == 0).nonzero()[0]].astype(np.uint64)
        if missing.shape[0]:
            new = distinct(missing[missing != NOBODY])
            self._places[new] = np.arange(self._viewers + 1, self._viewers + 1 + new.shape[0], dtype=np.uint32)
            self._viewers += new.shape[0]
            self._make_room()
            place = self._places[batch.viewer]
        return place

    def _make_room(self) -> None:
        room = self._heartbeat_ms.shape[0]
        if self._viewers >= room:
            more = 2 * self._viewers - room
            self._heartbeat_ms = np.concatenate((self._heartbeat_ms, np.full(more, _NEVER, np.int64)))
            self._interacted = np.concatenate((self._interacted, np.zeros(more, np.bool_)))

    def _minutes(self, first: int) -> tuple[Minute, ...]:
        numbers = {
            block * BLOCK_MINUTES + int(minute)
            for block, counts in self._kinds.items()
            if (block + 1) * BLOCK_MINUTES > first
            for minute in np.flatnonzero(counts.any(axis=1))
        }
        return tuple(self._minute(number) for number in sorted(numbers) if number >= first)

    def _minute(self, number: int) -> Minute:
        block, minute = divmod(number, BLOCK_MINUTES)
        kinds = self._kinds[block][minute].tolist()
        counts = self._attendance.counts.get(block)
        there = [0] * (SEEN + BLOCK_MINUTES) if counts is None else counts.tolist()
        slots = there[minute * _SLOTS_A_MINUTE : (minute + 1) * _SLOTS_A_MINUTE]
        till = self._takings.minutes.get(number)
        return Minute(
            minute_ms=number * MINUTE_MS,
            online=there[ONLINE + minute],
            viewers=there[SEEN + minute],
            interactors=there[INTERACTED + minute],
            stay_s=sum(slots) * SLOT_MS // 1000,
            views=kinds[Kind.ENTER],
            comments=kinds[Kind.COMMENT],
            likes=kinds[Kind.LIKE],
            shares=kinds[Kind.SHARE],
            follows=kinds[Kind.FOLLOW],
            clicks=kinds[Kind.CLICK],
            carts=kinds[Kind.CART],
            late=self._late[number],
            sales=till.sales() if till else NO_SALES,
        )

    def _products(self, names: Names) -> tuple[Product, ...]:
        visits, tills = self._visits, self._takings.skus
        numbers = {*visits.clicks, *visits.carts, *tills} - {NOBODY}
        return tuple(
            Product(
                sku_id=names.skus[number],
                visitors=visits.visitors[number],
                clicks=visits.clicks[number],
                carts=visits.carts[number],
                sales=tills[number].sales() if number in tills else NO_SALES,
            )
            for number in sorted(numbers, key=names.skus.__getitem__)
        )
