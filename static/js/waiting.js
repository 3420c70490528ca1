/* Looks again while something on the page is still being made. Without this file the page says to refresh.
   Whoever is on the way to another page is not called back. */
"use strict";
if (document.querySelector("[data-waiting]")) {
  const again = function () { location.reload(); };
  let look = setTimeout(again, 4000);
  window.addEventListener("beforeunload", function () {
    clearTimeout(look);
    look = setTimeout(again, 30000); /* it was a download */
  });
}
