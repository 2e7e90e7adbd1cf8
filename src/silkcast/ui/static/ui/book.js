// The book's own chart: seven bars, to show the frame and the colours of the theme.

import { chart, frame, palette } from "./charts.js";
import { pageData } from "./words.js";

const colours = palette();
const { names, values } = pageData("book");
chart(document.querySelector('[data-chart="book"]')).draw({
  ...frame(colours),
  legend: undefined,
  xAxis: { type: "category", data: names, axisTick: { show: false }, axisLabel: { color: colours.muted }, axisLine: { lineStyle: { color: colours.line } } },
  yAxis: { type: "value", axisLabel: { color: colours.muted }, splitLine: { lineStyle: { color: colours.line } } },
  series: [{ type: "bar", data: values, itemStyle: { color: colours.primary } }],
});
