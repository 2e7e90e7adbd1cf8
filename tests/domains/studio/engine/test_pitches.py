from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from silkcast.domains.studio.contracts import PitchView
from silkcast.domains.studio.engine.pitches import PITCH_CREDIT_MS, pitch_at, pitched_ms, programme_ms
from silkcast.kernel.ids import ProductId, ShowId, new_id

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCARF, FAN = ProductId(new_id()), ProductId(new_id())


def pitch(product_id: ProductId, started_ms: int, ended_ms: int | None = None) -> PitchView:
    return PitchView(
        id=new_id(),
        show_id=ShowId(UUID(int=1)),
        product_id=product_id,
        line_id=new_id(),
        started_ms=started_ms,
        ended_ms=ended_ms,
        started_at=NOON,
    )


def test_an_order_is_credited_to_the_last_pitch_of_its_product() -> None:
    first, second, other = pitch(SCARF, 0, 1000), pitch(SCARF, 60_000, 90_000), pitch(FAN, 95_000)
    assert pitch_at([second, other, first], SCARF, 100_000) == second
    assert pitch_at([second, other, first], SCARF, 59_999) == first
    assert pitch_at([second, other, first], FAN, 100_000) == other


def test_a_pitch_is_credited_for_exactly_ten_minutes_after_its_start() -> None:
    held = [pitch(SCARF, 5000, 6000)]
    assert PITCH_CREDIT_MS == 600_000
    assert pitch_at(held, SCARF, 605_000) == held[0]
    assert pitch_at(held, SCARF, 605_001) is None


def test_a_pitch_is_not_credited_with_what_came_before_it() -> None:
    held = [pitch(SCARF, 5000)]
    assert pitch_at(held, SCARF, 4999) is None
    assert pitch_at(held, SCARF, 5000) == held[0]
    assert pitch_at([], SCARF, 5000) is None


def test_an_open_pitch_lasts_until_now() -> None:
    held = [pitch(SCARF, 1000, 4000), pitch(SCARF, 10_000)]
    assert pitched_ms(held, 12_500) == 3000 + 2500
    assert pitched_ms(held, 9000) == 3000


def test_programme_time_runs_from_going_live_to_the_end() -> None:
    ended = NOON + timedelta(hours=1)
    assert programme_ms(None, None, NOON) == 0
    assert programme_ms(NOON, None, NOON - timedelta(seconds=1)) == 0
    assert programme_ms(NOON, None, NOON + timedelta(microseconds=1_234_999)) == 1234
    assert programme_ms(NOON, ended, NOON + timedelta(hours=2)) == 3_600_000
