// What this viewer does, told to the collector: in batches, kept until acknowledged, counted once however often sent.

import { newId } from "../ui/forms.js";

const HEARTBEAT_MS = 10_000;
const FLUSH_MS = 1_000;
const RETRY_MS_MAX = 30_000;
const WAITING_MAX = 200; // the oldest likes and heartbeats leave first; a comment is refused rather than lost silently
const BATCH_MAX = 50;

const stage = document.querySelector("[data-show]");
const address = stage.dataset.signals;
// Ids carry a time, and one that is far off is refused: a device whose clock is wrong makes them by the page's.
const aheadMs = Date.now() - Number(stage.dataset.now);
let waiting = [];
let timer = 0;
let attempts = 0;
let isSending = false;

function signal(kind, facts = {}) {
  return { id: newId(Date.now() - aheadMs), show_id: stage.dataset.show, kind, at: Date.now(), ...facts };
}

function schedule(ms) {
  if (!timer) timer = setTimeout(flush, ms);
}

async function send(batch, keepalive = false) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${stage.dataset.viewer}` },
    // With the time of sending, the collector sets the stamps of a device right whose clock is off.
    body: JSON.stringify({ sent_at: Date.now(), signals: batch }),
    keepalive,
    signal: AbortSignal.timeout(10_000),
  });
  // 4xx: the batch is wrong and would be wrong again. 429 and 5xx: later.
  if (answer.status === 429 || answer.status >= 500) throw new Error(`collector ${answer.status}`);
  return answer;
}

async function flush() {
  timer = 0;
  if (isSending || waiting.length === 0) return;
  isSending = true;
  const batch = waiting.slice(0, BATCH_MAX);
  try {
    await send(batch);
    waiting = waiting.filter((one) => !batch.includes(one));
    attempts = 0;
  } catch {
    attempts += 1;
  }
  isSending = false;
  if (waiting.length) schedule(attempts ? Math.min(RETRY_MS_MAX, FLUSH_MS * 2 ** attempts) : FLUSH_MS);
}

/** Tell the collector soon; duplicates of a retry share the id and count once. */
export function tell(kind, facts) {
  const one = signal(kind, facts);
  waiting.push(one);
  if (waiting.length > WAITING_MAX) waiting.shift();
  schedule(FLUSH_MS);
  return one;
}

/** A comment is sent at once and its fate known: resolves to its signal, rejects when refused. */
export async function tellComment(one) {
  const answer = await send([one]);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok || body.refused?.length) throw new Error("refused");
  return one;
}

export function commentSignal(text) {
  return signal("comment", { text });
}

/** Enter now, a heartbeat while watched, leave at the end. */
export function attend(isWatching) {
  tell("enter");
  setInterval(() => {
    if (!document.hidden && isWatching()) tell("heartbeat");
  }, HEARTBEAT_MS);
  addEventListener("pagehide", () => {
    const last = [...waiting, signal("leave")];
    waiting = [];
    send(last, true).catch(() => {}); // outlives the page; a beacon could not say whose signals these are
  });
}
