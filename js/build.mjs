// One module and one stylesheet: hosts load the module from a blob URL, where relative chunks cannot be found.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import * as terser from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "rushes", "widgets", "static");

// The module's text is part of every widget's state, so its size is paid once an instance.
const budgets = {
  "studio.js": 46_000,
  "studio.css": 8_000,
  // Of it 500 bytes are the field in which tags and notes are written, as on the cards of a Studio.
  "compare.js": 26_000,
  "compare.css": 8_000,
  "board.js": 45_000,
  "board.css": 8_000,
  // The player once more, with other questions: it has to work without the kernel's own, and in a page.
  // The field for tags is in it, too, and of no use there: leaving it out would take a second player.
  "vote.js": 26_250,
  "vote.css": 8_000,
  "vote-page.js": 26_000,
  // The comparison's own rules: what a Studio lacks of them.
  "player.css": 8_000,
};

const options = {
  absWorkingDir: here,
  entryPoints: [
    { in: "src/studio/index.ts", out: "studio" },
    { in: "src/studio/index.css", out: "studio" },
    { in: "src/compare/index.ts", out: "compare" },
    { in: "src/compare/index.css", out: "compare" },
    { in: "src/board/index.ts", out: "board" },
    { in: "src/board/index.css", out: "board" },
    { in: "src/vote/index.ts", out: "vote" },
    { in: "src/vote/index.css", out: "vote" },
    { in: "src/vote/page.ts", out: "vote-page" },
    { in: "src/compare/compare.css", out: "player" },
  ],
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

mkdirSync(out, { recursive: true });

if (process.argv.includes("--watch")) {
  const context = await esbuild.context({ ...options, minify: false, logLevel: "info" });
  await context.watch();
} else {
  await esbuild.build(options);
  // Once more: esbuild looks at each expression alone, which leaves a twenty-fifth of the modules.
  for (const name of ["studio.js", "compare.js", "board.js", "vote.js", "vote-page.js"]) {
    const file = join(out, name);
    const { code } = await terser.minify(readFileSync(file, "utf8"), {
      module: true,
      ecma: 2020,
      compress: { passes: 6, lhs_constants: false },
    });
    writeFileSync(file, code);
  }
  for (const [name, budget] of Object.entries(budgets)) {
    const bytes = readFileSync(join(out, name));
    const packed = gzipSync(bytes, { level: 9 }).length;
    console.log(`${name}: ${bytes.length} bytes, ${packed} gzip (budget ${budget})`);
    if (packed > budget) {
      console.error(`${name} is over its budget by ${packed - budget} bytes`);
      process.exitCode = 1;
    }
  }
}
