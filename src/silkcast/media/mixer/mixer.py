"""One tick of programme: cameras in, one picture and one stretch of sound out. No clock, no threads of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from silkcast.media.mixer.canvas import Canvas, CanvasPool
from silkcast.media.mixer.feed import CameraFeed
from silkcast.media.mixer.layout import Layout, Presence, choose, slots_of
from silkcast.media.mixer.overlay import Overlay
from silkcast.media.mixer.painter import ScenePainter
from silkcast.media.mixer.shot import Shot
from silkcast.media.mixer.sound import RATE_HZ, Samples, SoundMix

SPARE_CANVASES_MAX = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What the programme is to look and sound like; replaced as a whole, between two ticks."""

    layout: Layout = Layout.FULL
    cameras: tuple[str, ...] = ()  # of the scene, in the order in which they stand in for each other
    hold_ms: float = 1000.0
    overlays: tuple[Overlay, ...] = ()
    gains: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mixed:
    """`canvas` is None where the picture before is to be shown again; whoever takes the canvas gives it back."""

    canvas: Canvas | None
    sound: Samples
    presence: Mapping[str, Presence]
    chosen: tuple[str | None, ...]


class Mixer:
    def __init__(self, width: int, height: int, fps: int, slate: Shot) -> None:
        assert RATE_HZ % fps == 0, "a tick holds a whole number of samples"
        self.pool = CanvasPool(width, height, spare_max=SPARE_CANVASES_MAX)
        self._shape = (width, height)
        self._samples_per_tick = RATE_HZ // fps
        self._slate = slate
        self._sound = SoundMix(self._samples_per_tick)
        self._plan = Plan()
        self._painter = self._scene_painter(self._plan.layout)

    def use(self, plan: Plan) -> None:
        if plan.layout is not self._plan.layout:
            self._painter = self._scene_painter(plan.layout)
        self._plan = plan

    def mix(self, tick_ms: float, feeds: Mapping[str, CameraFeed], *, repeat: bool = False) -> Mixed:
        """`feeds` are the connected cameras; `repeat` saves the painting when ticks must be caught up."""
        plan = self._plan
        looks = {name: feed.look(tick_ms, plan.hold_ms) for name, feed in feeds.items()}
        presence = {name: state for name, (state, _) in looks.items()}
        shots = {name: shot for name, (_, shot) in looks.items() if shot is not None}
        sound = self._sound.mix(
            {name: feed.listen(tick_ms, self._samples_per_tick) for name, feed in feeds.items()}, plan.gains
        )
        chosen = choose(plan.layout, plan.cameras, presence)
        if repeat:
            return Mixed(None, sound, presence, tuple(chosen))
        canvas = self.pool.take()
        self._painter.paint(canvas.picture, chosen, shots)
        for overlay in plan.overlays:
            overlay.blend(canvas.picture)
        return Mixed(canvas, sound, presence, tuple(chosen))

    def _scene_painter(self, layout: Layout) -> ScenePainter:
        return ScenePainter(slots_of(layout, *self._shape), self._slate)
