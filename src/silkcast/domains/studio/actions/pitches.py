from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from silkcast.domains.studio.contracts import LineState
from silkcast.domains.studio.engine.pitches import programme_ms
from silkcast.domains.studio.events import PitchEnded, PitchStarted
from silkcast.domains.studio.locks import lock_live_show, lock_open_show, raise_version
from silkcast.domains.studio.models import Pitch, RundownLine, Show
from silkcast.kernel.actions import action
from silkcast.kernel.context import Context
from silkcast.kernel.events import announce
from silkcast.kernel.ids import ProductId, ShowId, new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPitch:
    show_id: ShowId
    line_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRef:
    line_id: UUID


@action("studio.start_pitch", request=StartPitch, permission="studio.pitch", icon="play")
def start_pitch(ctx: Context, request: StartPitch) -> LineRef:
    """Present a product of the rundown from now on; the one before it is done. On pitch already, nothing changes."""
    show = lock_live_show(ctx, request.show_id)
    line = RundownLine.objects.scoped(ctx).one(id=request.line_id, show_id=show.id)
    if line.state == LineState.ON_PITCH.value:
        return LineRef(line_id=line.id)
    end_open_pitch(ctx, show)
    pitch = Pitch(
        id=new_id(),
        base_id=ctx.base_id,
        show_id=show.id,
        product_id=line.product_id,
        line_id=line.id,
        started_ms=programme_ms(show.started_at, None, ctx.at),
        started_at=ctx.at,
    )
    pitch.save(force_insert=True)
    _set_state(ctx, line.id, LineState.ON_PITCH)
    raise_version(ctx, [show.id])
    announce(
        ctx,
        PitchStarted(
            show_id=request.show_id,
            pitch_id=pitch.id,
            line_id=line.id,
            product_id=ProductId(line.product_id),
            started_ms=pitch.started_ms,
        ),
    )
    return LineRef(line_id=line.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPitch:
    show_id: ShowId
    line_id: UUID


@action("studio.end_pitch", request=EndPitch, permission="studio.pitch", icon="stop")
def end_pitch(ctx: Context, request: EndPitch) -> LineRef:
    """Stop presenting a product. Not on pitch, nothing changes: another one's pitch goes on."""
    show = lock_open_show(ctx, request.show_id)
    line = RundownLine.objects.scoped(ctx).one(id=request.line_id, show_id=show.id)
    if line.state == LineState.ON_PITCH.value:
        end_open_pitch(ctx, show)
        raise_version(ctx, [show.id])
    return LineRef(line_id=line.id)


def end_open_pitch(ctx: Context, show: Show) -> None:
    """End the pitch that is running in a locked show, if any."""
    pitch = Pitch.objects.scoped(ctx).filter(show_id=show.id, ended_ms=None).first()
    if pitch is None:
        return
    # Should the clock have been set back, the pitch took no time rather than a negative one.
    pitch.ended_ms = max(pitch.started_ms, programme_ms(show.started_at, show.ended_at, ctx.at))
    pitch.save(update_fields=["ended_ms"])
    _set_state(ctx, pitch.line_id, LineState.PITCHED)
    announce(
        ctx,
        PitchEnded(
            show_id=ShowId(show.id),
            pitch_id=pitch.id,
            line_id=pitch.line_id,
            product_id=ProductId(pitch.product_id),
            started_ms=pitch.started_ms,
            ended_ms=pitch.ended_ms,
        ),
    )


def _set_state(ctx: Context, line_id: UUID, state: LineState) -> None:
    RundownLine.objects.scoped(ctx).filter(id=line_id).update(state=state.value)
