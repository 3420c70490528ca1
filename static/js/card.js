/* Renews a card of progress every two seconds while it runs. Without this file the card offers a link to refresh. */
"use strict";
(function () {
  var card = document.querySelector("[data-card]");
  if (!card || card.dataset.running !== "1") { return; }
  function renew() {
    fetch(card.dataset.card, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error(String(answer.status)); }
      return answer.text();
    }).then(function (page) {
      var fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-state]");
      if (fresh.dataset.state === "over") { location.reload(); return; }
      card.replaceChildren(fresh);
      setTimeout(renew, 2000);
    }).catch(function () { setTimeout(renew, 10000); });
  }
  setTimeout(renew, 2000);
})();
