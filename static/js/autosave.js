/* Saving while somebody writes. Without this file the page is saved by its buttons.

   Two seconds after the last key, and on leaving a field, what has changed goes to the server with the
   version it was based on. What the server does not take stays on the page; long texts also stay in this
   tab's sessionStorage, never a phone number or an address, until the server has them.

   A button pressed meanwhile waits until what is typed is saved, however often that takes. Where it can wait no
   longer, the page says that what was pressed is not done. While a pointer is down nothing on the page moves: a button
   that slipped away under it would not be pressed. */
"use strict";
(function () {
  const form = document.querySelector("form[data-autosave-to]");
  if (!form) return;
  const PAUSE = 2000, PATIENCE = 15000, NEXT_TRY = 20000, SOON = 3000;
  const who = Number(form.dataset.who);
  const store = "kept:" + who + ":" + form.dataset.dossier + ":";
  const status = form.querySelector("[data-status]"), retry = form.querySelector("[data-retry]");
  const isTable = form.dataset.autosaveTo.indexOf("/indicators/") > 0;
  let timer = null, busy = false, lastButton = null, waitingButton = null, notDone = "", isSafe = false, leaving = false;
  let unsaved = "unsaved" in form.dataset;
  let givenUp = {};

  const fields = Array.from(form.querySelectorAll("[data-autosave]"), function (element) {
    const name = element.dataset.autosave;
    return {
      name: name,
      element: element,
      box: element.closest("[data-field]"),
      base: form.elements["base-" + name] || form.elements["initial-" + name],
      keeps: "keep" in element.dataset,
      saved: element.defaultValue,
      unanswered: [],
      conflict: form.elements["choose-" + name] ? {} : null,
      offer: null
    };
  });
  function named(name) { return fields.find(function (field) { return field.name === name; }); }
  function isDirty(field) { return field.element.value !== field.saved || field.unanswered.length > 0; }
  function same(a, b) { return a.replace(/\s+$/, "") === b.replace(/\s+$/, ""); }

  /* --- words ------------------------------------------------------------------------------------ */

  function say(words, kind) {
    status.textContent = notDone ? words.replace(/。$/, "") + "。" + notDone : words;
    status.classList.toggle("is-over", kind !== undefined);
    retry.hidden = kind !== "again";
  }
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  function button(words, act) {
    const made = element("button", "btn btn-outline-primary", words);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }
  function retype(field, text) {
    field.element.value = text;
    field.element.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* --- while a pointer is down ------------------------------------------------------------------- */

  let isDown = false, waiting = [];
  function stillness(act) { if (isDown) waiting.push(act); else act(); }
  function letMove() {
    const acts = waiting;
    isDown = false;
    waiting = [];
    acts.forEach(function (act) { act(); });
  }
  document.addEventListener("pointerdown", function () { isDown = true; }, true);
  ["pointerup", "pointercancel", "dragend"].forEach(function (end) {
    document.addEventListener(end, function () { setTimeout(letMove, 0); }, true); /* after the click it makes */
  });
  window.addEventListener("blur", letMove);

  /* --- a button that waits ---------------------------------------------------------------------- */

  function called(pressed) { return "“" + pressed.textContent.trim() + "”"; }
  function letGo() {
    if (waitingButton) notDone = called(waitingButton) + "没有办理，需要时请再按一次。";
    waitingButton = null;
  }
  function goOn() {
    const pressed = waitingButton;
    if (!pressed) return;
    waitingButton = null;
    isSafe = true;
    pressed.click();
    isSafe = false;
  }

  /* --- the copy in this tab --------------------------------------------------------------------- */

  function keep(field) {
    if (!field.keeps || field.offer) return;
    const copy = { text: field.element.value, base: field.base.value, at: new Date().toTimeString().slice(0, 5) };
    try { sessionStorage.setItem(store + field.name, JSON.stringify(copy)); } catch (full) { field.keeps = false; }
  }
  function forget(field) {
    try { sessionStorage.removeItem(store + field.name); } catch (closed) { field.keeps = false; }
  }
  function kept(field) {
    try { return JSON.parse(sessionStorage.getItem(store + field.name)); } catch (broken) { return null; }
  }
  function dropOthers() {
    try {
      Object.keys(sessionStorage).forEach(function (key) {
        if (key.indexOf("kept:") === 0 && key.indexOf("kept:" + who + ":") !== 0) sessionStorage.removeItem(key);
      });
    } catch (closed) { return; }
  }
  function offer(field, copy) {
    const box = element("div", "alert alert-info conflict");
    box.setAttribute("role", "alert");
    box.append(element("p", "", "本机保留了 " + copy.at + " 没有保存成功的内容，与现在的不同："), element("p", "pre theirs", copy.text || "（空）"));
    function close() { box.remove(); field.offer = null; }
    const acts = element("p", "actions");
    acts.append(
      button("恢复到输入框", function () { close(); field.base.value = copy.base; retype(field, copy.text); field.element.focus(); }),
      button("不用了", function () { close(); forget(field); field.element.focus(); })
    );
    box.append(acts);
    field.offer = box;
    field.box.append(box);
  }

  /* --- sending ---------------------------------------------------------------------------------- */

  function token() {
    const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?csrf=([^;]*)/);
    return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
  }
  function row(field) { return field.name.slice(0, field.name.lastIndexOf("-")); }

  function parcel() {
    const changed = fields.filter(function (field) { return isDirty(field) && !field.conflict; });
    const rows = new Set(changed.map(row)), sent = {};
    const carried = isTable ? fields.filter(function (field) { return rows.has(row(field)); }) : changed;
    carried.forEach(function (field) {
      const isMine = (isDirty(field) || /-reason$/.test(field.name)) && !field.conflict;
      sent[field.name] = { text: isMine ? field.element.value : field.base.value, base: field.base.value };
    });
    return sent;
  }

  function save() {
    clearTimeout(timer);
    if (busy) return;
    const sent = parcel(), leftBehind = givenUp;
    if (!Object.keys(sent).length && !Object.keys(leftBehind).length) return;
    givenUp = {};
    busy = true;
    say("正在保存…");
    Object.keys(sent).forEach(function (name) { const field = named(name); if (isDirty(field)) keep(field); });
    post({ who: who, fields: sent, given_up: leftBehind }).then(function (answer) {
      stillness(function () { hear(answer, sent, leftBehind); });
    });
  }

  function hear(answer, sent, leftBehind) {
    busy = false;
    if (answer.ok) {
      take(answer.ok, sent);
      goOn();
      return;
    }
    givenUp = Object.assign(leftBehind, givenUp);
    Object.keys(sent).forEach(function (name) { named(name).unanswered.push(sent[name].text); });
    fail(answer); /* the form stays here: sent into the void, or to the sign-in page, it would be lost */
  }

  /* {ok: the server's answer}, {refused: its sentence}, {signedOut: true}, or {} when nothing came back. */
  function post(body) {
    const patience = new AbortController();
    const limit = setTimeout(function () { patience.abort(); }, PATIENCE);
    return fetch(form.dataset.autosaveTo, {
      method: "POST", redirect: "manual", credentials: "same-origin", signal: patience.signal, body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() }
    }).then(function (response) {
      if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { signedOut: true };
      if (response.ok) return response.json().then(function (json) { return { ok: json }; });
      if (response.status === 409 || response.status === 400) return response.json().then(function (json) { return { refused: json.refused }; });
      return {};
    }).catch(function () { return {}; }).then(function (answer) { clearTimeout(limit); return answer; });
  }

  function fail(answer) {
    const changed = fields.filter(isDirty);
    const where = changed.every(function (field) { return field.keeps; }) ? "内容保留在本机" : "内容仍在本页，请不要关闭";
    if (answer.refused) {
      letGo();
      say(answer.refused, "again");
    } else if (answer.signedOut) {
      letGo();
      say("登录已过期，未能保存，" + where + "。", "again");
      const link = element("a", "", "在新窗口登录");
      link.href = form.dataset.login;
      link.target = "_blank";
      link.rel = "opener";
      status.append(" ", link, "，再点“重试”。");
    } else {
      say("未能保存，" + where + (waitingButton ? "。正在重试，保存后接着办理" + called(waitingButton) : ""), "again");
      timer = setTimeout(function () { stillness(save); }, waitingButton ? SOON : NEXT_TRY);
    }
  }

  /* --- what the server answered ----------------------------------------------------------------- */

  function take(answer, sent) {
    let again = false;
    Object.keys(answer.bases || {}).forEach(function (name) {
      const field = named(name);
      if (sent[name].text === field.element.value || sent[name].text !== sent[name].base) field.saved = sent[name].text;
      field.base.value = answer.bases[name];
      field.unanswered = [];
      complain(field, []);
      if (!isDirty(field) && !field.offer) forget(field);
    });
    (answer.conflicts || []).forEach(function (conflict) {
      const field = named(conflict.name);
      if (field.unanswered.some(function (text) { return same(text, conflict.text); })) {
        field.base.value = conflict.base; /* our own save, whose answer was lost on the way */
        field.unanswered = [];
        again = true;
      } else showConflict(field, conflict, sent[conflict.name].text);
    });
    Object.keys(answer.errors || {}).forEach(function (name) { if (named(name)) complain(named(name), answer.errors[name]); });
    showFigures(answer);
    const open = form.querySelectorAll("[data-complaint], [data-conflict]").length;
    if (open) say("有 " + open + " 处没有保存，请看标出的地方", "choose");
    else say("已保存 " + answer.saved_at);
    if (!open && !fields.some(function (field) { return field.conflict; })) unsaved = false;
    if (again) save();
    else if (fields.some(function (field) { return isDirty(field) && !field.conflict && !(sent[field.name] && sent[field.name].text === field.element.value); })) plan();
  }

  function complain(field, reasons) {
    const old = field.box.querySelector("[data-complaint]");
    if (old) old.remove();
    field.element.toggleAttribute("aria-invalid", false);
    if (!reasons.length) return;
    const box = element("div", "field-error");
    box.dataset.complaint = "";
    reasons.forEach(function (reason) { box.append(element("p", "", reason)); });
    field.element.setAttribute("aria-invalid", "true");
    field.element.insertAdjacentElement("afterend", box);
  }

  function showFigures(answer) {
    const others = document.querySelector("[data-others]");
    if (others) { others.textContent = answer.others; others.hidden = !answer.others; }
    const length = document.querySelector("[data-report-length]");
    if (length && typeof answer.report_length === "number") length.textContent = answer.report_length;
    Object.keys(answer.growth || {}).forEach(function (key) {
      const place = form.querySelector('[data-growth="' + key + '"]');
      if (place) place.textContent = answer.growth[key];
    });
    const hints = document.querySelector("[data-hints]");
    if (!hints || !answer.hints) return;
    hints.hidden = !answer.hints.length;
    hints.querySelector("ul").replaceChildren.apply(hints.querySelector("ul"), answer.hints.map(function (hint) { return element("li", "", hint); }));
  }

  function showConflict(field, theirs, mine) {
    const head = (theirs.who + " " + theirs.when).trim(), acts = element("p", isTable ? "cell-choice" : "actions");
    const box = element("div", isTable ? "field-error" : "conflict");
    box.setAttribute("role", "alert");
    box.dataset.conflict = "";
    field.unanswered = [];
    function settle() {
      box.remove();
      field.conflict = null;
      field.base.value = theirs.base;
      field.element.focus();
    }
    acts.append(
      button("采用我的", function () { settle(); save(); }),
      button("采用对方的", function () {
        if (!isTable) givenUp[field.name] = field.element.value;
        settle();
        field.saved = theirs.text;
        retype(field, theirs.text);
        forget(field);
        if (isTable) say("已采用对方的内容");
        else save();
      })
    );
    if (!isTable) acts.append(button("合并", function () {
      const both = same(field.element.value, mine) ? theirs.merged : field.element.value + "\n\n" + theirs.text;
      settle();
      retype(field, both);
    }));
    if (isTable) box.append(element("p", "", head + " 已改为“" + (theirs.text || "空") + "”，您填的没有保存。"));
    else {
      const side = element("div", "", "");
      side.append(element("p", "both-title", head + " 保存的内容"), element("p", "pre theirs", theirs.text || "（空）"));
      side.dataset.conflictSide = "";
      box.append(element("p", "", "这一栏刚被修改过，您的内容没有保存，仍在框里。请选择以哪一份为准，没有采用的一份会留在以往版本里。"));
      box.append(side);
    }
    box.append(acts);
    field.conflict = theirs;
    (field.box.querySelector(".both") || field.box).append(box);
  }

  /* --- when ------------------------------------------------------------------------------------- */

  function plan() {
    clearTimeout(timer);
    timer = setTimeout(function () { stillness(save); }, PAUSE);
  }
  fields.forEach(function (field) {
    let last = 0;
    field.element.addEventListener("input", function () {
      letGo(); /* whoever writes on does not want to be taken away */
      if (!isDirty(field)) return;
      plan();
      if (Date.now() - last > 1000) { last = Date.now(); keep(field); }
    });
    field.element.addEventListener("blur", function () { if (isDirty(field)) stillness(save); });
    const copy = field.keeps && kept(field);
    if (!copy) return;
    if (same(copy.text, field.element.value)) forget(field);
    else offer(field, copy);
  });
  dropOthers();
  retry.addEventListener("click", save);
  window.addEventListener("online", save);

  form.addEventListener("click", function (event) {
    const pressed = event.target.closest("button[type=submit]");
    if (pressed) lastButton = pressed;
  });
  form.addEventListener("submit", function (event) {
    clearTimeout(timer);
    form.elements.csrfmiddlewaretoken.value = token();
    const waits = busy || fields.some(function (field) { return isDirty(field) && !field.conflict; });
    if (isSafe || !waits || !lastButton) { leaving = true; return; }
    event.preventDefault(); /* what is typed is saved first; then the form may go */
    waitingButton = lastButton;
    notDone = "";
    save();
  });
  window.addEventListener("pageshow", function () { leaving = false; });
  window.addEventListener("beforeunload", function (event) {
    if (leaving || !(unsaved || fields.some(isDirty))) return;
    event.preventDefault();
    event.returnValue = "";
  });
}());
