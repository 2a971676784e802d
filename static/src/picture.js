// A figure as a picture: a drawing as it is, a table with its marks painted as the page shows it.
import { fileName, save } from "./download.js";

const SCALE = 2;
const DRAWN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap", "stroke-dasharray", "font-family", "font-size", "font-weight", "text-anchor"];

// An SVG outside its page knows no style sheet: each mark gets what the page computed for it.
function imageOf(svg) {
  const copy = svg.cloneNode(true);
  const originals = svg.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((mark, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of DRAWN) mark.setAttribute(name, style.getPropertyValue(name));
  });
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("width", width * SCALE);
  copy.setAttribute("height", height * SCALE);
  return new Promise((resolve) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => resolve(null);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  });
}

function box(pen, element, left, top) {
  const style = getComputedStyle(element);
  const at = element.getBoundingClientRect();
  const [x, y] = [at.left - left, at.top - top];
  if (!/, 0\)$|^transparent$/.test(style.backgroundColor)) {
    pen.fillStyle = style.backgroundColor;
    pen.fillRect(x, y, at.width, at.height);
  }
  const edges = { Top: [x, y, at.width, 1], Bottom: [x, y + at.height - 1, at.width, 1], Left: [x, y, 1, at.height] };
  for (const [side, [ex, ey, ew, eh]] of Object.entries(edges)) {
    const width = parseFloat(style[`border${side}Width`]);
    if (!width || style[`border${side}Style`] === "none") continue;
    pen.fillStyle = style[`border${side}Color`];
    pen.fillRect(ex, ey, side === "Left" ? width : ew, side === "Left" ? eh : width);
  }
}

// Word by word, because a text may go on in the next line.
function words(pen, node, left, top) {
  const style = getComputedStyle(node.parentElement);
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  pen.fillStyle = style.color;
  pen.textBaseline = "middle";
  for (const found of node.data.matchAll(/\S+/g)) {
    const range = document.createRange();
    range.setStart(node, found.index);
    range.setEnd(node, found.index + found[0].length);
    const at = range.getBoundingClientRect();
    if (at.width) pen.fillText(found[0], at.left - left, at.top - top + at.height / 2);
  }
}

const hidden = (element) => element.closest(".sr-only") || !element.getClientRects().length;

async function paint(pen, root) {
  const { left, top } = root.getBoundingClientRect();
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (hidden(element) || element.closest("svg")) continue;
    box(pen, element, left, top);
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) words(pen, node, left, top);
  }
  for (const svg of root.querySelectorAll("svg")) {
    const image = hidden(svg) ? null : await imageOf(svg);
    const at = svg.getBoundingClientRect();
    if (image) pen.drawImage(image, at.left - left, at.top - top, at.width, at.height);
  }
}

export async function picture(figure) {
  const shown = [...figure.querySelectorAll("svg.drawing")].find((svg) => svg.clientWidth > 0 && !svg.closest("table"));
  const root = shown || figure.querySelector("table");
  if (!root) return;
  const { width, height } = root.getBoundingClientRect();
  const canvas = document.createElement("canvas");
  canvas.width = width * SCALE;
  canvas.height = height * SCALE;
  const pen = canvas.getContext("2d");
  pen.scale(SCALE, SCALE);
  pen.fillStyle = getComputedStyle(figure).getPropertyValue("--paper");
  pen.fillRect(0, 0, width, height);
  if (shown) pen.drawImage(await imageOf(shown), 0, 0, width, height);
  else await paint(pen, root);
  save(`${fileName(figure)}.png`, canvas.toDataURL("image/png"));
}
