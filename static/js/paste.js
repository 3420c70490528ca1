/* A block of cells copied from a spreadsheet fills the table from the cell it is pasted into. */
"use strict";
(function () {
  const table = document.querySelector("form[data-autosave-to] .figures-table");
  if (!table) return;
  const grid = Array.from(table.tBodies[0].rows, function (row) { return Array.from(row.querySelectorAll("[data-autosave]")); });

  function parse(text) {
    return text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map(function (line) {
      return line.split("\t").map(function (cell) { return cell.trim().replace(/^"(.*)"$/, "$1"); });
    });
  }

  table.addEventListener("paste", function (event) {
    const text = event.clipboardData.getData("text/plain");
    const top = grid.findIndex(function (row) { return row.indexOf(event.target) >= 0; });
    if (top < 0 || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const left = grid[top].indexOf(event.target);
    let filled = 0, outside = 0;
    parse(text).forEach(function (cells, down) {
      cells.forEach(function (cell, across) {
        const field = grid[top + down] && grid[top + down][left + across];
        if (!field) { outside += cell ? 1 : 0; return; }
        field.value = cell;
        filled += 1;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
    });
    const status = document.querySelector("[data-status]");
    status.textContent = "已粘贴 " + filled + " 格" + (outside ? "，另有 " + outside + " 格超出表格，没有粘贴" : "");
  });
}());
