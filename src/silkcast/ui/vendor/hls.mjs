// The light build: no DRM, subtitles or alternate audio, which our streams do not carry.
export { default } from "hls.js/light";
