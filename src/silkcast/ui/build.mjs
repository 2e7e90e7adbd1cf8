// Puts what the browser needs from npm into static/ui/built/: one style sheet, three libraries, the fonts and their licences.
// Run by `npm run build`; `npm run build -- --watch` keeps the style sheet fresh while templates change.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "static/ui/built");
const modules = join(here, "node_modules");

// Every weight of Inter is one variable file. Noto Sans SC needs its whole `chinese-simplified` file: the numbered
// subsets would be a hundred requests. (What is drawn on pictures and labels uses whole fonts; see media/lettering.)
const FONTS = [
  "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
  "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
  "@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-400-normal.woff2",
  "@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-700-normal.woff2",
];
const SERVED = ["@fontsource-variable/inter", "@fontsource/noto-sans-sc", "daisyui", "echarts", "hls.js", "htmx.org", "tailwindcss", "zrender"];

function copy(from, to) {
  mkdirSync(dirname(join(built, to)), { recursive: true });
  copyFileSync(join(modules, from), join(built, to));
}

function compileStyles(extra = []) {
  const cli = createRequire(import.meta.url).resolve("@tailwindcss/cli/package.json");
  const run = spawnSync(
    process.execPath,
    [join(dirname(cli), "dist/index.mjs"), "--input", "styles/app.css", "--output", join(built, "app.css"), "--minify", ...extra],
    { cwd: here, stdio: "inherit" },
  );
  if (run.status !== 0) process.exit(run.status ?? 1);
}

rmSync(built, { recursive: true, force: true });
for (const font of FONTS) copy(font, join("fonts", font.split("/").at(-1)));
for (const name of SERVED) copy(`${name}/LICENSE`, `licences/${name.replace("/", "-")}.txt`);
await build({
  absWorkingDir: here,
  bundle: true,
  entryPoints: { echarts: "vendor/echarts.mjs", hls: "vendor/hls.mjs", htmx: "vendor/htmx.mjs" },
  format: "esm",
  legalComments: "none", // the licences lie beside the files
  minify: true,
  outdir: built,
  target: "es2022",
});
compileStyles(process.argv.includes("--watch") ? ["--watch"] : []);
