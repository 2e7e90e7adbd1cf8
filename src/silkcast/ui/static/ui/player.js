// A live HLS picture in a `<video data-hls="…">`: close to the edge, quick to return after a stall.

import Hls from "./built/hls.js";

const RETRY_MS = 2_000;

/** Play the stream in the element; `changed(state)` hears "playing", "waiting" and "absent". */
export function play(video, changed = () => {}) {
  const url = video.dataset.hls;
  video.addEventListener("playing", () => changed("playing"));
  video.addEventListener("waiting", () => changed("waiting"));
  if (!Hls.isSupported()) {
    video.src = url; // Safari on a phone plays HLS by itself
    video.addEventListener("error", () => {
      changed("absent");
      setTimeout(() => video.load(), RETRY_MS);
    });
    video.play().catch(() => {});
    return;
  }
  // A second behind is caught up on by playing faster; what a stall has left further behind than four is skipped,
  // since hls.js does not catch up on it by itself: the picture would stay that old until the show ends.
  const player = new Hls({ backBufferLength: 10, liveMaxLatencyDurationCount: 4, liveSyncDurationCount: 2, lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.1 });
  player.on(Hls.Events.MANIFEST_PARSED, () => video.play().catch(() => {}));
  player.on(Hls.Events.ERROR, (_name, error) => {
    if (!error.fatal) return;
    changed("absent");
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR) player.recoverMediaError();
    else setTimeout(() => player.loadSource(url), RETRY_MS);
  });
  player.loadSource(url);
  player.attachMedia(video);
  addEventListener("pagehide", () => player.stopLoad());
  addEventListener("pageshow", (event) => event.persisted && player.startLoad());
}
