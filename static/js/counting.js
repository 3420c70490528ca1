/* How long a text is, counted as awards/applications/counting.py counts; a test holds the two together. */
"use strict";
(function () {
  const han = "\\u3005\\u3007\\u3041-\\u3096\\u30a1-\\u30fa\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uf900-\\ufaff\\u{20000}-\\u{3ffff}";
  const digit = "0-9\\uff10-\\uff19";
  const letter = digit + "A-Za-z\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u1fff\\uff21-\\uff3a\\uff41-\\uff5a";
  const counted = new RegExp("[" + han + "]|[" + digit + "]+(?:[.,][" + digit + "]+)*[" + letter + "]*|[" + letter + "]+", "gu");

  window.countText = function (text) { return (text.match(counted) || []).length; };

  document.querySelectorAll("[data-counts]").forEach(function (counter) {
    const field = document.getElementById(counter.dataset.counts);
    if (!field) return;
    const limit = Number(counter.dataset.limit);
    const box = counter.parentElement;
    function show() {
      const length = window.countText(field.value);
      const over = limit && length > limit;
      counter.textContent = length + " 字";
      box.classList.toggle("is-over", Boolean(over));
      const note = box.querySelector("[data-over]");
      if (note) note.textContent = over ? "，已超出 " + (length - limit) + " 字，可以先保存，提交前须删减" : "";
    }
    field.addEventListener("input", show);
    show();
  });
}());
