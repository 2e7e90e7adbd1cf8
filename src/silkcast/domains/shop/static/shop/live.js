// The live page: picture with sound on a press, likes, sharing, what is on pitch, and the way to buying without leaving.

import { copyText } from "../ui/copying.js";
import { on } from "../ui/events.js";
import { writeAll } from "../ui/figures.js";
import { refresh } from "../ui/parts.js";
import { play } from "../ui/player.js";
import { say } from "../ui/words.js";
import "./checkout.js";
import "./comments.js";
import { heart } from "./hearts.js";
import { attend, tell } from "./signals.js";
import "./prices.js";
import "./stock.js";
import "./units.js";

const HEARTS_PER_UPDATE_MAX = 6;
const stage = document.querySelector("[data-show]");
const video = document.getElementById("video");
let isPlaying = false;

if (video) {
  const unmute = document.getElementById("unmute");
  const sound = document.getElementById("sound");
  const setSound = (isOn) => {
    video.muted = !isOn;
    unmute.hidden = isOn;
    sound.setAttribute("aria-pressed", String(isOn));
    if (video.paused) video.play().catch(() => {});
  };
  unmute.addEventListener("click", () => setSound(true));
  sound.addEventListener("click", () => setSound(video.muted));
  play(video, (state) => {
    isPlaying = state === "playing";
    document.getElementById("waiting").hidden = isPlaying;
  });
  video.addEventListener("resize", () => {
    document.getElementById("picture").dataset.shape = video.videoHeight > video.videoWidth ? "portrait" : "landscape";
  });
}

if (stage.dataset.state === "on_air") attend(() => isPlaying);

// Likes
let likes = null;
document.getElementById("like").addEventListener("click", (event) => {
  event.currentTarget.dataset.liked = "";
  tell("like");
  heart();
});
on("crowd", (crowd) => {
  writeAll("online", crowd.online);
  writeAll("likes", crowd.likes);
  const more = likes === null ? 0 : crowd.likes - likes;
  likes = crowd.likes;
  for (let index = 0; index < Math.min(more, HEARTS_PER_UPDATE_MAX); index += 1) setTimeout(heart, index * 150);
});

document.getElementById("share").addEventListener("click", async () => {
  tell("share");
  const url = stage.dataset.share;
  try {
    if (navigator.share) await navigator.share({ title: document.title, url });
    else await copyText(url, say("shared"));
  } catch {
    // the person closed the sheet
  }
});

// Interest: a product opened, a product put into the cart.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-clicks]");
  if (!opener) return;
  tell("click", { sku_id: opener.dataset.clicks });
  document.getElementById("shelf").matches(":popover-open") && document.getElementById("shelf").hidePopover();
});
document.addEventListener("htmx:after:request", (event) => {
  const { request, response } = event.detail.ctx;
  if (response.raw.ok && request.form?.matches("[data-buy]") && request.method === "POST") tell("cart", { sku_id: new FormData(request.form).get("sku_id") });
});
document.addEventListener("silkcast:cart", () => document.getElementById("buy").close());

// What is on pitch. A newcomer is told of the open pitch, which the page already shows: nothing is fetched for that.
on("pitch", (pitch) => {
  const pin = document.getElementById("part-pin");
  const pinned = pin.querySelector("[data-product]")?.dataset.product;
  if ((pitch.state === "started") === (pinned === pitch.product_id)) return;
  refresh(pin);
  refresh(document.getElementById("part-shelf"));
});

on("show", (show) => show.show_id === stage.dataset.show && show.state !== stage.dataset.state && location.reload());
