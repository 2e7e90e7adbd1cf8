// Five figures over one time axis, one above the other, with the pitches shaded through all of them.

import { on } from "../ui/events.js";
import { chart, frame, palette } from "../ui/charts.js";
import { clock, compactMoney, count, duration, money, percent } from "../ui/figures.js";
import { pageData, say } from "../ui/words.js";

const POINTS_MAX = 1_440; // older points leave the drawing, never the ledger
const GAP_MS = 10_000; // between two points, as the server keeps them
const HEAD = 22; // the name and the newest value of a row
const FOOT = 24; // the time axis
const data = pageData("curves");
const zone = document.querySelector("[data-zone]").dataset.zone;
const element = document.querySelector('[data-chart="curves"]');
const drawing = chart(element);
const colours = palette();

const ROWS = [
  { key: "online", words: "online", colour: colours.primary, format: count, area: true },
  { key: "gmv_minor", words: "gmv", colour: colours.gold, format: (minor) => money(minor, data.currency, data.exponent), axis: (minor) => compactMoney(minor, data.currency, data.exponent), area: true, step: "end" },
  { key: "stay_s", live: "stay_s_average", words: "stay", colour: colours.violet, format: duration },
  { key: "interaction_rate", words: "interaction_rate", colour: colours.info, format: percent },
  { key: "conversion", words: "conversion", colour: colours.good, format: percent },
];

const KEYS = ["at_ms", ...ROWS.map((row) => row.key)];

function written(row, value) {
  return value === null || value === undefined ? "–" : row.format(value);
}

function bands() {
  return data.pitches.map((pitch) => [
    { xAxis: pitch.from_ms, name: pitch.name },
    { xAxis: pitch.to_ms ?? data.at_ms.at(-1) },
  ]);
}

function series(row, index) {
  return {
    name: say(row.words),
    type: "line",
    xAxisIndex: index,
    yAxisIndex: index,
    showSymbol: false,
    step: row.step,
    lineStyle: { width: 1.75, color: row.colour },
    itemStyle: { color: row.colour },
    areaStyle: row.area ? { color: row.colour, opacity: 0.14 } : undefined,
    tooltip: { valueFormatter: (value) => written(row, value) },
    data: data.at_ms.map((at, point) => [at, data[row.key][point]]),
    markArea: { silent: true, label: { show: index === 0, position: "insideTopLeft", color: colours.muted, fontSize: 10, width: 90, overflow: "truncate" }, itemStyle: { color: colours.ink, opacity: 0.06 }, data: bands() },
  };
}

function option() {
  const base = frame(colours);
  const lastRow = ROWS.length - 1;
  const height = (element.clientHeight - FOOT) / ROWS.length;
  const newest = (row) => written(row, data[row.key].at(-1));
  return {
    ...base,
    legend: undefined,
    axisPointer: { link: [{ xAxisIndex: "all" }], label: { show: false } },
    grid: ROWS.map((_row, index) => ({ left: 10, right: 66, top: index * height + HEAD, height: height - HEAD - 6, outerBoundsMode: "none" })),
    title: ROWS.map((row, index) => ({
      text: `${say(row.words)}  {newest|${newest(row)}}`,
      left: 6,
      top: index * height,
      padding: [3, 4],
      textStyle: { color: row.colour, fontSize: 12, fontWeight: 500, rich: { newest: { color: colours.ink, fontSize: 12, fontWeight: 600 } } },
    })),
    xAxis: ROWS.map((_row, index) => ({
      type: "time",
      minInterval: 60_000, // the marks say minutes
      gridIndex: index,
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: { show: index === lastRow, color: colours.muted, hideOverlap: true, formatter: (at) => clock(at, zone).slice(0, 5) },
    })),
    yAxis: ROWS.map((row, index) => ({
      type: "value",
      gridIndex: index,
      position: "right",
      splitNumber: 1,
      axisLabel: { color: colours.faint, fontSize: 10, formatter: row.axis ?? row.format, showMinLabel: true, showMaxLabel: true, hideOverlap: true },
      splitLine: { lineStyle: { color: colours.line, opacity: 0.6 } },
    })),
    tooltip: { ...base.tooltip, formatter: undefined },
    series: ROWS.map(series),
  };
}

export function drawCurves() {
  drawing.draw(option());
}

export function extendCurves(metrics) {
  if (metrics.at_ms <= (data.at_ms.at(-1) ?? 0)) return;
  // The newest point moves with each second until the next one is due, so that an hour stays an hour wide.
  if (metrics.at_ms - (data.at_ms.at(-2) ?? 0) < GAP_MS) for (const key of KEYS) data[key].pop();
  data.at_ms.push(metrics.at_ms);
  for (const row of ROWS) data[row.key].push(metrics[row.live ?? row.key] ?? null);
  if (data.at_ms.length > POINTS_MAX) for (const key of KEYS) data[key].shift();
  drawCurves();
}

on("pitch", (pitch) => {
  const now = Date.now();
  const open = data.pitches.find((band) => !band.to_ms);
  const title = document.querySelector(`[data-line="${CSS.escape(pitch.line_id)}"] [data-title]`)?.textContent ?? "";
  if (open && pitch.state === "started" && open.name === title) return; // what a newcomer is told first is already drawn
  if (open) open.to_ms = now;
  if (pitch.state === "started") data.pitches.push({ from_ms: now, to_ms: null, name: title });
  drawCurves();
});
