/* Looks again while something on the page is still being made. Without this file the page says to refresh. */
"use strict";
if (document.querySelector("[data-waiting]")) {
  setTimeout(function () { location.reload(); }, 4000);
}
