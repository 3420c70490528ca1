/* Filling in the dossier: a live count of characters, and one question before unsaved text is left. */
"use strict";
(function () {
  document.querySelectorAll("[data-counts]").forEach(function (counter) {
    const field = document.getElementById(counter.dataset.counts);
    if (!field) return;
    function show() { counter.textContent = Array.from(field.value.trimEnd()).length + " 字"; }
    field.addEventListener("input", show);
    show();
  });

  document.querySelectorAll("form[data-guard]").forEach(function (form) {
    let unsaved = document.querySelector(".error-summary") !== null;
    form.addEventListener("input", function () { unsaved = true; });
    form.addEventListener("submit", function () { unsaved = false; });
    window.addEventListener("beforeunload", function (event) {
      if (!unsaved) return;
      event.preventDefault();
      event.returnValue = "";
    });
  });
}());
