"""Liveness: numbers in, a verdict out, against a simulated peer and a simulated clock."""

from __future__ import annotations

from silkcast.media.rtmp.liveness import Liveness

RATE = 375_000  # bytes a second at 3 Mbit/s
TICK_S = 0.25


class Destination:
    """A simulated peer: its machine buffers so much, its server acknowledges every so many bytes it has read."""

    def __init__(self, *, buffer: int, ack_every: int | None) -> None:
        self.liveness = Liveness(0.0)
        self.now_s = 0.0
        self._sent = self._arrived = self._read = self._acknowledged = 0
        self._buffer, self._ack_every = buffer, ack_every

    def run(self, seconds: float, *, rate: int = RATE, reads: bool = True) -> float | None:
        """The time at which it was found wedged, if it was."""
        for _ in range(int(seconds / TICK_S)):
            self.now_s += TICK_S
            self._sent += int(rate * TICK_S)
            self._read = self._sent if reads else self._read
            self._arrived = min(self._sent, self._read + self._buffer)
            while self._ack_every and self._read - self._acknowledged >= self._ack_every:
                self._acknowledged += self._ack_every
                self.liveness.acknowledge(self._acknowledged % (1 << 32), self.now_s)
            self.liveness.observe(self._sent, self._sent - self._arrived, self.now_s)
            if self.liveness.is_wedged(self.now_s):
                return self.now_s
        return None


def test_a_stopped_server_is_noticed_within_five_seconds_whatever_its_machine_buffers() -> None:
    for buffer in (0, 100_000, 400_000, 1_000_000, 6_000_000):
        destination = Destination(buffer=buffer, ack_every=64 * 1024)
        assert destination.run(20) is None
        noticed_s = destination.run(20, reads=False)
        assert noticed_s is not None
        assert noticed_s - 20 <= 5.0


def test_a_server_that_never_acknowledges_is_judged_by_its_machine() -> None:
    destination = Destination(buffer=500_000, ack_every=None)
    assert destination.run(60) is None
    assert destination.run(20, reads=False) is not None


def test_servers_that_acknowledge_rarely_are_not_taken_for_dead() -> None:
    assert Destination(buffer=6_000_000, ack_every=5_000_000).run(300) is None


def test_a_pause_of_ours_is_no_fault_of_theirs() -> None:
    destination = Destination(buffer=6_000_000, ack_every=64 * 1024)
    for rate in (RATE, 0, 20 * RATE, 0, RATE):
        assert destination.run(15, rate=rate) is None


def test_a_standstill_of_our_own_is_not_held_against_them() -> None:
    destination = Destination(buffer=200_000, ack_every=64 * 1024)
    assert destination.run(20) is None
    assert destination.run(2, reads=False) is None
    destination.now_s += 30
    assert destination.run(2, reads=False) is None


def test_acknowledgements_wrap_at_32_bits() -> None:
    destination = Destination(buffer=6_000_000, ack_every=64 * 1024)
    assert destination.run(120, rate=1 << 26) is None  # 8 GiB
    assert destination.run(20, rate=1 << 26, reads=False) is not None


def test_a_destination_that_takes_nothing_from_the_start_is_noticed() -> None:
    assert Destination(buffer=0, ack_every=None).run(10, reads=False) == 3.5
