/* Scoring by keyboard: a number, Enter, the next item. The server keeps the sum; this only shows it early. */
"use strict";
(function () {
  const sheet = document.querySelector("[data-score-sheet]");
  if (!sheet) return;
  const boxes = Array.from(sheet.querySelectorAll("input.score"));
  const unsaved = sheet.querySelector("[data-unsaved]");
  const step = Number(sheet.dataset.step);
  let isTouched = false;

  /* In hundredths of a point, so that the sum is exact. */
  function hundredths(box) {
    const text = box.value.trim();
    if (!/^\d+$/.test(text)) return null;
    const percentage = Number(text);
    return percentage <= 100 && percentage % step === 0 ? percentage * Number(box.dataset.points) : null;
  }

  function words(sum) {
    return Math.floor(sum / 100) + "." + String(sum % 100).padStart(2, "0");
  }

  function show() {
    let total = 0, marked = 0;
    sheet.querySelectorAll("section").forEach(function (section) {
      let part = 0;
      section.querySelectorAll("input.score").forEach(function (box) {
        const worth = hundredths(box);
        const isWrong = worth === null && box.value.trim() !== "";
        box.setAttribute("aria-invalid", String(isWrong));
        box.closest(".score-head").querySelector("[data-score]").textContent =
          isWrong ? "应为 " + step + " 的倍数" : worth === null ? "未评" : words(worth) + " 分";
        if (worth !== null) { part += worth; marked += 1; }
      });
      section.querySelector("[data-category-score]").textContent = words(part);
      total += part;
    });
    sheet.querySelector("[data-total]").textContent = words(total);
    sheet.querySelector("[data-marked]").textContent = String(marked);
  }

  sheet.addEventListener("input", function () {
    isTouched = true;
    unsaved.hidden = false;
    show();
  });
  sheet.addEventListener("submit", function () { isTouched = false; });
  window.addEventListener("beforeunload", function (event) {
    if (isTouched) event.preventDefault();
  });

  boxes.forEach(function (box, index) {
    box.addEventListener("focus", function () { box.select(); });
    box.addEventListener("keydown", function (event) {
      const move = event.key === "Enter" || event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (!move || event.isComposing) return;
      event.preventDefault();
      const next = boxes[index + move] || (move > 0 ? sheet.querySelector("button[name=save]") : null);
      if (next) next.focus();
    });
  });

  if (sheet.querySelector(".invalid-feedback")) {
    isTouched = true;
    unsaved.hidden = false;
    show();
  } else {
    const next = boxes.find(function (box) { return box.value === ""; });
    if (next) next.focus();
  }
}());
