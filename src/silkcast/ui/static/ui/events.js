// The page's one event stream. It comes back by itself, says so while it is away, and pauses in a hidden tab:
// a browser gives one host six connections, and a wall of tabs must not starve the page in front.

const HIDDEN_MS = 5_000; // how long a hidden tab keeps its stream; one that was never looked at has none
const MARK_AFTER_MS = 1_500; // a shorter gap is not worth a word
const RETRY_MS_MAX = 30_000;
export const KINDS = ["metrics", "crowd", "comment", "stock", "order", "event", "room", "pitch", "overlay", "show", "price", "goods"];

const listeners = new Map(KINDS.map((kind) => [kind, new Set()]));
const returns = new Set();
let source = null;
let attempts = 0;
let markTimer = 0;
let retryTimer = 0;
let hiddenTimer = 0;
let wasOpen = false;

/** Call `listener(body)` for every event of the kind. */
export function on(kind, listener) {
  listeners.get(kind).add(listener);
}

/** Call `listener()` when the stream is back after a gap: what the page shows may be stale. */
export function onReturn(listener) {
  returns.add(listener);
}

function mark(isAway) {
  clearTimeout(markTimer);
  const element = document.getElementById("connection");
  if (!element) return;
  if (isAway) markTimer = setTimeout(() => (element.hidden = false), MARK_AFTER_MS);
  else element.hidden = true;
}

function opened() {
  attempts = 0;
  mark(false);
  if (wasOpen) returns.forEach((listener) => listener());
  wasOpen = true;
}

function close() {
  clearTimeout(retryTimer);
  source?.close();
  source = null;
}

/** A refused stream usually means that the page's token has expired: the page itself holds a fresh one. */
async function renew() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
    if (answer.redirected && new URL(answer.url).pathname === "/login") return location.reload();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.dataset.events;
    if (fresh) document.body.dataset.events = fresh;
  } catch {
    // still away; the next attempt asks again
  }
  open();
}

function failed() {
  mark(true);
  if (source?.readyState !== EventSource.CLOSED) return; // the browser retries by itself
  close();
  attempts += 1;
  const wait = Math.min(RETRY_MS_MAX, 1_000 * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2);
  retryTimer = setTimeout(renew, wait);
}

function open() {
  const url = document.body.dataset.events;
  if (!url || source || document.hidden) return;
  source = new EventSource(url);
  source.addEventListener("open", opened);
  source.addEventListener("error", failed);
  source.addEventListener("missed", () => returns.forEach((listener) => listener())); // we read too slowly, and events were dropped
  source.addEventListener("end", (event) => event.data === "withdrawn" && location.reload()); // what remains, or the login
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      const body = JSON.parse(event.data);
      listeners.get(kind).forEach((listener) => listener(body));
    });
  }
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiddenTimer);
  if (document.hidden) hiddenTimer = setTimeout(close, HIDDEN_MS);
  else open();
});
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => event.persisted && open());
addEventListener("DOMContentLoaded", open); // by then every module of the page listens
