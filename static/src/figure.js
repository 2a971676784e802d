// What stands beside a figure's title: the figure as a table, as CSV and as a picture.
import { fileName, save } from "./download.js";

// A cell that begins like a formula would be run by a spreadsheet.
const cell = (element) => {
  const text = (element.dataset.csv ?? element.innerText).trim().replace(/\s+/g, " ");
  const safe = /^[=+\-@\t]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

function csv(figure) {
  const rows = [...figure.querySelector("[data-table] table, table").rows];
  const text = rows.map((row) => [...row.cells].map(cell).join(",")).join("\r\n");
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  save(`${fileName(figure)}.csv`, address);
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

const DRAWN = ["fill", "fill-opacity", "stroke", "stroke-width", "font-family", "font-size", "font-weight", "text-anchor"];

// An SVG outside its page knows no style sheet: each mark gets what the page computed for it.
function picture(figure) {
  const shown = [...figure.querySelectorAll("svg.drawing")].find((svg) => svg.clientWidth > 0);
  if (!shown) return;
  const copy = shown.cloneNode(true);
  const originals = shown.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((mark, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of DRAWN) mark.setAttribute(name, style.getPropertyValue(name));
  });
  const { width, height } = shown.getBoundingClientRect();
  copy.setAttribute("width", width * 2);
  copy.setAttribute("height", height * 2);
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    canvas.width = width * 2;
    canvas.height = height * 2;
    const pen = canvas.getContext("2d");
    pen.fillStyle = getComputedStyle(figure).getPropertyValue("--paper");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    save(`${fileName(figure)}.png`, canvas.toDataURL("image/png"));
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
}

document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-tool]");
  if (!tool) return;
  const figure = tool.closest("[data-figure]");
  if (tool.dataset.tool === "csv") csv(figure);
  if (tool.dataset.tool === "png") {
    if (figure.querySelector("[data-chart]")) figure.dispatchEvent(new CustomEvent("png"));
    else picture(figure);
  }
  if (tool.dataset.tool === "table") {
    const table = figure.querySelector("[data-table]");
    table.hidden = !table.hidden;
    tool.setAttribute("aria-expanded", String(!table.hidden));
  }
});
