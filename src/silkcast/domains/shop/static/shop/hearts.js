// Hearts that rise over the picture: one's own at every press, a few for the others'.

const AT_ONCE_MAX = 24;
const place = document.getElementById("hearts");
const pattern = document.querySelector("#like .icon use").getAttribute("href");
const isStill = matchMedia("(prefers-reduced-motion: reduce)");
const COLOURS = ["#e5484d", "#f76b6b", "#f2a65a", "#ffd2c2"];

export function heart() {
  if (isStill.matches || document.hidden || place.childElementCount >= AT_ONCE_MAX) return;
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", pattern);
  shape.classList.add("live-heart");
  shape.append(use);
  shape.style.color = COLOURS[Math.floor(Math.random() * COLOURS.length)];
  place.append(shape);
  const side = (Math.random() - 0.5) * 60;
  const rise = Math.min(place.clientHeight * 0.8, 260);
  const flight = shape.animate(
    [
      { opacity: 0, transform: "scale(0.5)" },
      { opacity: 1, transform: `translate(${side * 0.4}px, ${-rise * 0.3}px) scale(1.1)`, offset: 0.25 },
      { opacity: 0, transform: `translate(${side}px, ${-rise}px) scale(0.9)` },
    ],
    { duration: 1_800 + Math.random() * 700, easing: "ease-out" },
  );
  flight.onfinish = () => shape.remove();
}
