// What stands beside a figure's title: the figure as a table, as CSV and as a picture.
import { fileName, save } from "./download.js";
import { picture } from "./picture.js";

// A cell that begins like a formula would be run by a spreadsheet.
const cell = (element) => {
  const mark = element.querySelector(".computed")?.innerText ?? "";
  const said = element.dataset.csv ?? element.innerText.replace(mark, "");
  const text = said.trim().replace(/\s+/g, " ");
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
