"""Every figure that a role tells of itself, and the one way to write them down: Prometheus' text format 0.0.4.

A role puts plain values into the detail of its health; this table says what they are. A test finds what is told and
stands nowhere here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

PREFIX = "silkcast_"
ROLE = "role"
UNITS = ("seconds", "bytes")
NO_FIGURES = frozenset({"pid", "reason", "unreadable"})  # told for people and for the supervisor


@dataclass(frozen=True, slots=True)
class Figure:
    """`key` is its place in the detail. With a `label` a mapping stands there, and its keys are the label's values."""

    key: str
    name: str
    kind: Literal["gauge", "counter"]
    help: str
    label: str = ""

    @property
    def unit(self) -> str:
        """The base unit that the name speaks of; none where things are counted."""
        return next((unit for unit in UNITS if unit in self.name.split("_")), "")


UP = Figure("", "up", "gauge", "1 where the role answers and is well")
FIGURES = (
    Figure("connections", "connections", "gauge", "Connections that clients hold to the public port"),
    Figure("connections_max", "connections_max", "gauge", "Connections that the public port takes at once"),
    Figure("body_bytes_held", "body_bytes_held", "gauge", "Bytes of request bodies in memory at the public port"),
    Figure("answers", "answers_total", "counter", "Answers of the public port, by status", "status"),
    Figure("streams", "streams", "gauge", "Event streams that pages hold open"),
    Figure("signals_in_flight", "signals_in_flight", "gauge", "Requests with signals that are not answered yet"),
    Figure("orders_in_flight", "orders_in_flight", "gauge", "Requests with orders that are not answered yet"),
    Figure("pages_waiting", "pages_waiting", "gauge", "Requests that wait for a connection to the pages"),
    Figure("busy", "busy", "gauge", "Threads of the pages that are answering"),
    Figure("threads", "threads", "gauge", "Threads of the pages"),
    Figure("longest_s", "longest_seconds", "gauge", "How long the oldest page has been in the making"),
    Figure("relay_idle_s", "relay_idle_seconds", "gauge", "Time since the relay's last turn"),
    Figure("parked_events", "parked_events", "gauge", "Events that could not be applied and wait for a person"),
    Figure("payments_to_return", "payments_to_return", "gauge", "Payments on their way back to whoever paid"),
    Figure("waiting", "waiting", "gauge", "Cameras at the RTMP port whose stream key is being read"),
    Figure("version", "document_version", "gauge", "Version of the desired state that the role follows"),
    Figure("ready", "ready", "gauge", "1 once the signals' log was opened, and while a counter has counted all of it"),
    Figure("waiting_signals", "waiting_signals", "gauge", "Signals that were let in and are not on the disk yet"),
    Figure("accepted_signals", "accepted_signals_total", "counter", "Signals accepted since the start"),
    Figure("unreadable_bases", "unreadable_bases", "gauge", "Bases whose log of signals is damaged"),
    Figure("next", "next_batch", "gauge", "Number of the first batch that a counter has not counted", "base"),
    Figure("ticks", "ticks_total", "counter", "Pictures of the programme that a room has made since its start"),
    Figure("idle_s", "idle_seconds", "gauge", "Time since a room's last picture"),
    Figure("font", "font", "gauge", "1 where a room can draw every letter"),
)


def exposition(told: Mapping[str, Mapping[str, Any]]) -> str:
    """What each role answered when asked for its health."""
    wells = [(role, None, bool(answer.get("ok"))) for role, answer in told.items()]
    parts = [_written(UP, wells)]
    for figure in FIGURES:
        parts.append(
            _written(figure, [sample for role, answer in told.items() for sample in _of(figure, role, answer)])
        )
    return "".join(parts)


Sample = tuple[str, str | None, float]  # role, value of the figure's own label, number


def _of(figure: Figure, role: str, answer: Mapping[str, Any]) -> Iterator[Sample]:
    detail = answer.get("detail")
    value = detail.get(figure.key) if isinstance(detail, Mapping) else None
    if figure.label and isinstance(value, Mapping):
        yield from ((role, str(key), number) for key, number in value.items() if isinstance(number, int | float))
    elif not figure.label and isinstance(value, int | float):
        yield role, None, value


def _written(figure: Figure, samples: Sequence[Sample]) -> str:
    if not samples:
        return ""
    name = PREFIX + figure.name
    lines = [f"# HELP {name} {figure.help}.", f"# TYPE {name} {figure.kind}"]
    for role, value, number in samples:
        own = "" if value is None else f',{figure.label}="{_quoted(value)}"'
        lines.append(f'{name}{{{ROLE}="{_quoted(role)}"{own}}} {_digits(number)}')
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _digits(number: float) -> str:
    return str(int(number)) if isinstance(number, int) else repr(number)


def page() -> str:
    """docs/reference/figures.md."""
    lines = ["# Figures", "", "`/metrics` tells them for each role, as Prometheus reads them (text format 0.0.4).", ""]
    lines += ["| figure | type | unit | labels | says |", "|---|---|---|---|---|"]
    for figure in (UP, *FIGURES):
        labels = ", ".join(f"`{label}`" for label in (ROLE, figure.label) if label)
        lines.append(f"| `{PREFIX}{figure.name}` | {figure.kind} | {figure.unit} | {labels} | {figure.help} |")
    return "\n".join(lines) + "\n"
