// Sales above the line, every cost below it, the profit as a curve over both.

import { chart, frame, palette } from "../ui/charts.js";
import { compactMoney, money } from "../ui/figures.js";
import { pageData, say } from "../ui/words.js";

const drawing = chart(document.querySelector('[data-chart="airtime"]'));
const colours = palette();
const COSTS = [
  ["cost_of_goods", colours.violet],
  ["shipping", colours.info],
  ["fees", colours.warning],
  ["commission", colours.primary], // a merchant's cost; the base's own view has none
  ["ad_spend", colours.faint],
  ["refunds", colours.alarm],
];

function bars(data, key, colour, sign) {
  return {
    name: say(key),
    type: "bar",
    stack: "minute",
    barCategoryGap: "20%",
    itemStyle: { color: colour },
    data: data[key].map((minor) => sign * Math.abs(minor)),
  };
}

function draw() {
  const data = pageData("airtime");
  const base = frame(colours);
  drawing.draw({
    ...base,
    legend: { ...base.legend, type: "scroll" },
    tooltip: { ...base.tooltip, axisPointer: { type: "shadow", shadowStyle: { color: colours.ink, opacity: 0.06 } }, valueFormatter: (minor) => money(minor, data.currency, data.exponent) },
    xAxis: { type: "category", data: data.minutes, axisLine: { onZero: true, lineStyle: { color: colours.muted } }, axisTick: { show: false }, axisLabel: { color: colours.muted } },
    yAxis: { type: "value", splitLine: { lineStyle: { color: colours.line, opacity: 0.6 } }, axisLabel: { color: colours.muted, formatter: (minor) => compactMoney(minor, data.currency, data.exponent) } },
    series: [
      {
        ...bars(data, "gmv", colours.gold, 1),
        markArea: {
          silent: true,
          label: { position: "insideTop", color: colours.muted, fontSize: 10, width: 90, overflow: "truncate" },
          itemStyle: { color: colours.ink, opacity: 0.05 },
          data: data.pitches.map((pitch) => [{ xAxis: data.minutes.indexOf(pitch.from), name: pitch.name }, { xAxis: data.minutes.indexOf(pitch.to) }]).filter(([from, to]) => from.xAxis >= 0 && to.xAxis >= 0),
        },
      },
      ...COSTS.filter(([key]) => data[key]).map(([key, colour]) => bars(data, key, colour, -1)),
      { name: say("profit"), type: "line", data: data.profit, showSymbol: data.minutes.length < 3, lineStyle: { width: 2, color: colours.good }, itemStyle: { color: colours.good } },
    ],
  });
}

draw();
document.addEventListener("htmx:after:swap", draw); // a sale has changed the figures
