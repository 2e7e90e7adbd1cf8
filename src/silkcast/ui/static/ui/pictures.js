// Pictures that are taken anew: `<img data-picture="/…jpg" data-every-s="2">`, every second unless said. Those of rooms and
// cameras come together, one request for the whole page; none is asked for in a hidden tab or below a playing video.
// A missing one keeps the last and is marked; while all are missing, the page asks ever less often.

const TOGETHER = /^\/control\/((?:rooms|cameras)\/[0-9a-f-]+)\/picture\.jpg$/;
const ANSWER_MS_MAX = 10_000;
const REST_S_MAX = 8;
let seconds = 0;
let isAsking = false;
let rest = { seconds: 0, until: 0 };

function show(image, source) {
  if (source) image.src = source;
  image.classList.toggle("picture-missing", !source);
}

function renewAlone(image) {
  if (image.dataset.loading) return;
  const next = new Image();
  image.dataset.loading = "1";
  const ends = (source) => {
    show(image, source);
    delete image.dataset.loading;
  };
  next.onload = () => ends(next.src);
  next.onerror = () => ends(null);
  next.src = `${image.dataset.picture}?t=${Date.now()}`;
}

async function renewTogether(images) {
  if (!images.length || isAsking || seconds < rest.until) return;
  isAsking = true;
  const names = new Map(images.map((image) => [image, TOGETHER.exec(image.dataset.picture)[1]]));
  let pictures = {};
  try {
    const query = new URLSearchParams([...new Set(names.values())].map((name) => ["of", name]));
    const answer = await fetch(`/control/pictures?${query}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    if (answer.ok) pictures = await answer.json();
  } catch {
    // away or too late: as if there were none
  }
  isAsking = false;
  for (const [image, name] of names) show(image, pictures[name]);
  const pause = Object.keys(pictures).length ? 0 : Math.min(REST_S_MAX, Math.max(1, rest.seconds * 2));
  rest = { seconds: pause, until: seconds + pause };
}

function isSeen(image) {
  return !image.parentElement.querySelector("video:not([hidden])");
}

function renew() {
  if (document.hidden) return;
  const due = [...document.querySelectorAll("img[data-picture]")].filter((image) => isSeen(image) && (!image.src || seconds % Number(image.dataset.everyS ?? 1) === 0));
  renewTogether(due.filter((image) => TOGETHER.test(image.dataset.picture)));
  due.filter((image) => !TOGETHER.test(image.dataset.picture)).forEach(renewAlone);
}

setInterval(() => {
  seconds += 1;
  renew();
}, 1_000);
document.addEventListener("visibilitychange", () => {
  rest = { seconds: 0, until: 0 };
  renew();
});
renew();
