// Copies what the pages load out of the locked npm packages, and writes down what each file is.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const pages = "dashboard/static/vendor";
const tests = "tests/browser/vendor";

// Package, file in it, where it goes.
const copies = [
  ["htmx.org", "dist/htmx.min.js", `${pages}/htmx.min.js`],
  ["htmx.org", "LICENSE", `${pages}/htmx.LICENSE`],
  ["htmx-ext-sse", "dist/sse.min.js", `${pages}/htmx-sse.min.js`],
  ["htmx-ext-sse", "LICENSE", `${pages}/htmx-sse.LICENSE`],
  ["@event-calendar/build", "dist/event-calendar.min.js", `${pages}/event-calendar.min.js`],
  ["@event-calendar/build", "dist/event-calendar.min.css", `${pages}/event-calendar.min.css`],
  ["axe-core", "axe.min.js", `${tests}/axe.min.js`],
  ["axe-core", "LICENSE", `${tests}/axe.LICENSE`],
];

const lock = JSON.parse(readFileSync(join(here, "package-lock.json")));
const manifest = copies.map(([name, source, file]) => {
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const from = join(here, "node_modules", name, source);
  mkdirSync(dirname(join(root, file)), { recursive: true });
  copyFileSync(from, join(root, file));
  const sha256 = createHash("sha256").update(readFileSync(from)).digest("hex");
  return { file, package: name, version, integrity, source, sha256 };
});
// The package does not bring the text of its licence.
copyFileSync(join(here, "event-calendar.LICENSE"), join(root, pages, "event-calendar.LICENSE"));
writeFileSync(join(here, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
