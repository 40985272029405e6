"use strict";
// Sorts a table by the column whose heading is selected, then in reverse order. Empty cells stay last.

function compare(a, b) {
  const [x, y] = [Number(a), Number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en", { numeric: true }) : x - y;
}

document.querySelector(".sortable thead").addEventListener("click", event => {
  const heading = event.target.closest("button")?.closest("th");
  if (!heading) return;
  const down = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down === 1 ? "ascending" : "descending");
  const body = heading.closest("table").tBodies[0];
  const key = row => row.cells[heading.cellIndex].dataset.value;
  const rows = [...body.rows].sort((a, b) => (key(a) === "") - (key(b) === "") || down * compare(key(a), key(b)));
  body.append(...rows);
});
