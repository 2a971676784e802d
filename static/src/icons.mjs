// One sprite of the icons that the pages use: names in icons.txt, drawings from lucide-static.
import { readFileSync, writeFileSync } from "node:fs";

const names = readFileSync("static/src/icons.txt", "utf8").split("\n").filter(Boolean);
const symbol = (name) => {
  const drawing = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const inner = drawing.replace(/<!--[^]*?-->/g, "").match(/<svg[^>]*>([^]*)<\/svg>/)[1];
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
};
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${names.map(symbol).join("\n")}</svg>\n`;
writeFileSync("static/dist/icons.svg", sprite);
