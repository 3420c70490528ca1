/* Renews a card of progress every two seconds while it runs. Without this file the card offers a link to refresh.
   Whoever is on the way to another page is not called back. */
"use strict";
(function () {
  var card = document.querySelector("[data-card]");
  var leftAt = -Infinity;
  if (!card || card.dataset.running !== "1") { return; }
  window.addEventListener("beforeunload", function () { leftAt = Date.now(); });
  function renew() {
    fetch(card.dataset.card, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error(String(answer.status)); }
      return answer.text();
    }).then(function (page) {
      var fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-state]");
      if (fresh.dataset.state === "over" && Date.now() - leftAt > 30000) { location.reload(); return; }
      card.replaceChildren(fresh);
      setTimeout(renew, 2000);
    }).catch(function () { setTimeout(renew, 10000); });
  }
  setTimeout(renew, 2000);
})();
