/* Small helpers; every page works without them. */
"use strict";
(function () {
  const root = document.documentElement;
  root.classList.add("has-js");

  /* A year in a cookie, so that the server draws the next page right at once. */
  function remember(name, value) {
    document.cookie = name + "=" + value + "; path=/; max-age=" + (value ? 31536000 : 0) + "; samesite=lax";
  }

  /* The server has done this already, unless the page came from a cache or from the office. */
  const kept = "; " + document.cookie + ";";
  root.classList.toggle("elder", kept.indexOf("; elder=1;") >= 0);
  root.classList.toggle("font-small", kept.indexOf("; font=small;") >= 0);
  root.classList.toggle("font-large", kept.indexOf("; font=large;") >= 0);

  /* 字体 小 中 大 */
  const sizes = Array.from(document.querySelectorAll("[data-font]"));
  function showSize() {
    const now = root.classList.contains("font-large") ? "large" : root.classList.contains("font-small") ? "small" : "";
    sizes.forEach(function (button) { button.setAttribute("aria-pressed", String(button.dataset.font === now)); });
  }
  sizes.forEach(function (button) {
    button.addEventListener("click", function () {
      root.classList.remove("font-small", "font-large");
      if (button.dataset.font) root.classList.add("font-" + button.dataset.font);
      remember("font", button.dataset.font);
      showSize();
    });
  });
  showSize();

  /* 长者模式 */
  document.querySelectorAll("[data-elder]").forEach(function (button) {
    function show() {
      const on = root.classList.contains("elder");
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? "退出长者模式" : "长者模式";
    }
    button.addEventListener("click", function () {
      remember("elder", root.classList.toggle("elder") ? "1" : "");
      show();
    });
    show();
  });

  /* Time left, by the server's clock. */
  const drawn = Date.parse(root.dataset.now);
  const ahead = isNaN(drawn) ? 0 : drawn - Date.now();
  const clocks = Array.from(document.querySelectorAll("[data-until]"));
  function tick() {
    clocks.forEach(function (clock) {
      const left = Math.floor((Date.parse(clock.dataset.until) - Date.now() - ahead) / 1000);
      const days = Math.floor(left / 86400), hours = Math.floor(left / 3600) % 24;
      const minutes = Math.floor(left / 60) % 60, seconds = left % 60;
      const said = left <= 0 ? "已截止"
        : days ? "剩余 " + days + "天" + hours + "小时"
        : hours ? "剩余 " + hours + "小时" + minutes + "分钟"
        : "剩余 " + minutes + "分" + seconds + "秒";
      if (clock.textContent !== said) clock.textContent = said; // else the page would be drawn anew every second
    });
  }
  if (clocks.length) {
    tick();
    setInterval(tick, 1000);
  }

  /* A refused form speaks first. */
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();

  /* A table too wide for the screen, or for the phone as it is held now, can be reached and scrolled by keyboard. */
  function reach() {
    document.querySelectorAll(".table-responsive, .results").forEach(function (box) {
      if (box.tabIndex === 0 || box.scrollWidth <= box.clientWidth) return;
      const heading = box.querySelector("caption");
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", (heading ? heading.textContent : "表格") + "，可左右滚动");
    });
  }
  reach();
  window.addEventListener("resize", reach);

  /* 【打印】 */
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () { window.print(); });
  });

  /* The account menu closes on Escape and on a click elsewhere. */
  document.querySelectorAll("details.menu").forEach(function (menu) {
    document.addEventListener("click", function (event) {
      if (!menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", function (event) {
      if (event.key === "Escape") {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    });
  });

  /* Opening what an unread message is about marks it as read. Without this file its button does. */
  document.querySelectorAll("[data-opens]").forEach(function (link) {
    const form = link.closest("li").querySelector("form");
    function note() { navigator.sendBeacon(form.action, new FormData(form)); }
    if (form && navigator.sendBeacon) link.addEventListener("click", note);
  });
}());
