// Writes what the built files were built from, so that a test can tell when they are behind it.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const under = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? under(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
const sources = [...under("static/src"), ...under("templates"), "package.json", "package-lock.json"];
const hash = createHash("sha256");
for (const path of sources.sort()) hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
writeFileSync("static/dist/built-from.txt", `${hash.digest("hex")}\n`);
