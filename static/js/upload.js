/* Says how far an upload is. Without this file the form is sent as usual and the answer is the same page. */
"use strict";
document.addEventListener("submit", function (event) {
  const form = event.target.closest("form[data-upload]");
  const input = form && form.querySelector("input[type=file]");
  if (!input || !input.files.length) return;
  event.preventDefault();
  const line = form.querySelector("[data-progress]");
  const button = form.querySelector("button");
  const request = new XMLHttpRequest();
  function say(text) { line.hidden = false; line.textContent = text; }
  function giveUp(text) { button.disabled = false; say(text); }
  button.disabled = true;
  say("上传中");
  request.upload.addEventListener("progress", function (e) {
    if (e.lengthComputable) say("上传中 " + Math.floor(100 * e.loaded / e.total) + "%");
  });
  request.upload.addEventListener("load", function () { say("检查中"); });
  request.addEventListener("load", function () {
    const answer = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
    const isHere = request.responseURL.indexOf(location.pathname) >= 0;
    if (!answer || !isHere) return giveUp("没有传完，文件没有保存。请刷新页面，需要时重新登录，再上传。");
    document.querySelector("main").replaceWith(answer);
    const place = document.getElementById(form.getAttribute("action").slice(1));
    if (place) place.scrollIntoView();
    const wrong = document.querySelector("main .error-summary");
    if (wrong) wrong.focus();
  });
  request.addEventListener("error", function () { giveUp("网络中断，没有传完，文件没有保存。请再点上传。"); });
  request.open("POST", location.pathname);
  request.send(new FormData(form));
});
