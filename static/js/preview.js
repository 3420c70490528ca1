/* How an answer will be drawn: shown below its field by the server, from what is typed. Without this file the button saves
   the section and comes back with it. */
"use strict";
(function () {
  const UNCHANGED = "填写的内容不受影响。";

  function token(form) {
    const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?csrf=([^;]*)/);
    return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
  }

  /* The drawn answer as an element; fails with a sentence. */
  function fetched(address, form, text) {
    return fetch(address, {
      method: "POST", redirect: "manual", credentials: "same-origin",
      headers: { "X-CSRFToken": token(form) }, body: new URLSearchParams({ text: text })
    }).catch(function () { return {}; }).then(function (response) {
      if (response.ok) return response.text();
      const signedOut = response.type === "opaqueredirect" || response.status === 403;
      throw new Error(signedOut ? "登录已过期，版面没有显示。" + UNCHANGED + "请在新窗口登录后再按。"
        : "没有连上服务器，版面没有显示。" + UNCHANGED + "请稍后再按。");
    }).then(function (html) {
      return document.adoptNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild);
    });
  }

  document.querySelectorAll("[data-preview-to]").forEach(function (row) {
    const form = row.closest("form"), button = row.querySelector("button"), field = form.elements[button.value];
    const close = document.createElement("button"), note = document.createElement("span");
    let turn = 0;

    function shown() { return document.getElementById("preview-" + button.value); }
    function show(drawn) {
      if (shown()) shown().remove();
      if (drawn) row.after(drawn);
      close.hidden = !drawn;
      note.textContent = "";
      (drawn || button).focus();
    }

    close.type = "button";
    close.className = button.className;
    close.textContent = "收起版面";
    close.hidden = !shown();
    note.setAttribute("role", "status");
    note.className = "quiet";
    row.append(close, note);
    close.addEventListener("click", function () { show(null); });
    button.addEventListener("click", function (event) {
      const mine = ++turn;
      event.preventDefault();
      note.textContent = "正在排版…";
      fetched(row.dataset.previewTo, form, field.value).then(function (drawn) { if (mine === turn) show(drawn); })
        .catch(function (failure) { if (mine === turn) note.textContent = failure.message; });
    });
    field.addEventListener("input", function () {
      if (shown()) note.textContent = "内容已改动，再按“查看版面”更新。";
    });
  });
}());
