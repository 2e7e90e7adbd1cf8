// Curves and stacked bars in the theme's own colours. Tooltips are drawn, not HTML: the page allows no inline styles.

import { init } from "./built/echarts.js";

const DRAW_GAP_MS = 500;

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Colours that canvas understands everywhere: the browser resolves oklch() to rgb. */
export function palette() {
  const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const resolve = (name) => {
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = colour(name);
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  };
  return Object.fromEntries(
    Object.entries({ ink: "--color-base-content", muted: "--ink-muted", line: "--line", panel: "--color-base-100", raised: "--raised", primary: "--color-primary", gold: "--color-secondary", violet: "--color-accent", good: "--color-success", warning: "--color-warning", alarm: "--color-error", info: "--color-info", faint: "--ink-faint" }).map(
      ([key, name]) => [key, resolve(name)],
    ),
  );
}

/** What all our charts share; the caller adds axes and series. */
export function frame(colours) {
  return {
    animation: false,
    aria: { enabled: true },
    grid: { left: 8, right: 8, top: 28, bottom: 4, containLabel: true },
    textStyle: { color: colours.muted, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 11 },
    tooltip: {
      renderMode: "richText",
      trigger: "axis",
      confine: true,
      backgroundColor: colours.raised,
      borderColor: colours.line,
      borderWidth: 1,
      padding: [8, 10],
      textStyle: { color: colours.ink, fontSize: 12 },
      axisPointer: { type: "line", lineStyle: { color: colours.muted, width: 1, type: "solid" } },
    },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 8, itemGap: 14, icon: "roundRect", textStyle: { color: colours.muted }, inactiveColor: colours.line },
  };
}

/** A chart in the element that follows its size; `draw(option)` is held to two per second. */
export function chart(element) {
  const drawing = init(element, null, { renderer: "canvas" });
  new ResizeObserver(() => drawing.resize()).observe(element);
  let waiting = null;
  let timer = 0;
  return {
    draw(option) {
      waiting = option;
      if (timer) return;
      drawing.setOption(waiting, { lazyUpdate: true });
      waiting = null;
      timer = setTimeout(() => {
        timer = 0;
        if (waiting) this.draw(waiting);
      }, DRAW_GAP_MS);
    },
  };
}
