/* Scoring by keyboard and saving while scoring. The server keeps marks and sums; this only shows sums early.
   Without this file the sheet is a form with a button.

   A second after an item is left, two seconds after the last key in a text, what has changed goes to the server
   with the version it rests on. What another window saved meanwhile is taken over where this one left the item alone,
   and laid beside where both changed it. What the server does not take stays on the page and in this tab's
   sessionStorage until it has it. */
"use strict";
(function () {
  const form = document.querySelector("[data-score-sheet]");
  if (!form) return;
  const PAUSE = 2000, SOON = 1000, PATIENCE = 15000, NEXT_TRY = 20000, PULSE = 15000;
  const NAMES = ["percentage", "strengths", "improvements", "evidence"];
  const step = Number(form.dataset.step), who = Number(form.dataset.who), hasKeys = form.dataset.keys === "on";
  const needs = { strengths: form.dataset.strengthsFrom, improvements: form.dataset.improvementsTo };
  const store = "kept:" + who + ":sheet-" + form.dataset.sheet;
  const status = form.querySelector("[data-status]"), retry = form.querySelector("[data-retry]");
  const frozen = document.querySelector("[data-frozen]");
  let version = Number(form.elements.version.value), shown = { paper: 0, page: 1 };
  let timer = null, busy = false, leaving = false, unsaved = "unsaved" in form.dataset, pressed = null, isSafe = false, lastButton = null;

  const items = Array.from(form.querySelectorAll("[data-item]"), function (box) {
    const code = box.dataset.item, fields = {}, saved = {};
    NAMES.forEach(function (name) {
      fields[name] = form.elements[name + "_" + code];
      saved[name] = fields[name].defaultValue;
    });
    return { code: code, box: box, fields: fields, saved: saved, score: fields.percentage, theirs: null, refused: null };
  });
  const boxes = items.map(function (item) { return item.score; });

  function values(item) {
    const now = {};
    NAMES.forEach(function (name) { now[name] = item.fields[name].value; });
    return now;
  }
  function same(a, b) { return NAMES.every(function (name) { return a[name].trim() === b[name].trim(); }); }
  function isDirty(item) { return !same(values(item), item.saved); }
  function mayGo(item) { return isDirty(item) && !item.theirs && !(item.refused && same(item.refused, values(item))); }
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  function button(words, act) {
    const made = element("button", "btn btn-sm btn-outline-primary", words);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  /* --- sums, in hundredths of a point so that they are exact ------------------------------------------ */

  function percentage(item) {
    const text = item.score.value.trim();
    if (!/^\d{1,3}$/.test(text)) return null;
    return Number(text) <= 100 && Number(text) % step === 0 ? Number(text) : null;
  }
  function words(sum) { return Math.floor(sum / 100) + "." + String(sum % 100).padStart(2, "0"); }
  function bandOf(item, given) {
    const bands = item.box.closest("section").querySelectorAll(".bands .fact");
    return Array.from(bands).find(function (band) {
      const limits = band.querySelector("dt").textContent.match(/\d+/g).map(Number);
      return given >= limits[0] && given <= limits[1];
    });
  }
  function show() {
    let total = 0, marked = 0;
    form.querySelectorAll("section").forEach(function (section) {
      let part = 0;
      items.forEach(function (item) {
        if (!section.contains(item.box)) return;
        const given = percentage(item), isWrong = given === null && item.score.value.trim() !== "";
        const worth = given === null ? null : given * Number(item.score.dataset.points);
        item.score.toggleAttribute("aria-invalid", false);
        if (isWrong) item.score.setAttribute("aria-invalid", "true");
        item.box.querySelector("[data-score]").textContent =
          isWrong ? "应为 " + step + " 的倍数" : worth === null ? "未评" : words(worth) + " 分";
        if (worth !== null) { part += worth; marked += 1; }
      });
      section.querySelector("[data-sum]").textContent = words(part);
      total += part;
    });
    form.querySelector("[data-total]").textContent = words(total);
    form.querySelector("[data-marked]").textContent = String(marked);
  }
  function tell(item) {
    const given = percentage(item), band = given === null ? null : bandOf(item, given), place = item.box.querySelector("[data-band]");
    let wanted = "";
    if (given !== null && needs.strengths && given >= Number(needs.strengths) && !item.fields.strengths.value.trim()) wanted = "须写优势。";
    if (given !== null && needs.improvements && given <= Number(needs.improvements) && !item.fields.improvements.value.trim()) wanted = "须写改进机会。";
    const meaning = band ? band.querySelector("dt").textContent + "：" + band.querySelector("dd").textContent : "";
    place.textContent = wanted + meaning;
    place.hidden = !place.textContent;
  }

  /* --- words about saving ----------------------------------------------------------------------------- */

  function say(text, kind) {
    status.textContent = text;
    status.classList.toggle("is-over", kind !== undefined);
    retry.hidden = kind !== "again";
  }
  function complain(item, reasons) {
    const place = item.box.querySelector("[data-problem]");
    place.textContent = reasons.join(" ");
    place.hidden = !reasons.length;
    if (reasons.length) item.score.setAttribute("aria-invalid", "true");
  }

  /* --- the copy in this tab --------------------------------------------------------------------------- */

  function keep() {
    const kept = {};
    items.filter(isDirty).forEach(function (item) { kept[item.code] = values(item); });
    try {
      if (Object.keys(kept).length) sessionStorage.setItem(store, JSON.stringify({ at: new Date().toTimeString().slice(0, 5), items: kept }));
      else sessionStorage.removeItem(store);
    } catch (full) { return; }
  }
  function offerKept() {
    let copy = null;
    try { copy = JSON.parse(sessionStorage.getItem(store)); } catch (broken) { copy = null; }
    const differing = copy ? items.filter(function (item) { return copy.items[item.code] && !same(copy.items[item.code], values(item)); }) : [];
    if (!differing.length) return;
    const box = element("div", "alert alert-info");
    const codes = differing.map(function (item) { return item.code; }).join("、");
    box.setAttribute("role", "alert");
    box.append(element("p", "", "本机保留了 " + copy.at + " 没有保存成功的评分：" + codes + "。"));
    const acts = element("p", "actions");
    acts.append(
      button("恢复到页面", function () {
        differing.forEach(function (item) { write(item, copy.items[item.code]); });
        box.remove();
        show();
        plan(SOON);
      }),
      button("不用了", function () { box.remove(); keep(); })
    );
    box.append(acts);
    form.prepend(box);
  }

  /* --- sending ---------------------------------------------------------------------------------------- */

  function token() {
    const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?csrf=([^;]*)/);
    return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
  }
  function plan(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }
  /* {ok: answer}, {refused: answer}, {signedOut: true}, or {} when nothing came back. */
  function post(body) {
    const patience = new AbortController();
    const limit = setTimeout(function () { patience.abort(); }, PATIENCE);
    return fetch(form.dataset.saveTo, {
      method: "POST", redirect: "manual", credentials: "same-origin", signal: patience.signal, body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() }
    }).then(function (response) {
      if (response.ok) return response.json().then(function (answer) { return { ok: answer }; });
      if (response.status === 409 || response.status === 400) return response.json().then(function (answer) { return { refused: answer }; });
      if (response.type === "opaqueredirect" || response.status === 401 || response.status === 403) return { signedOut: true };
      return {};
    }).catch(function () { return {}; }).then(function (answer) { clearTimeout(limit); return answer; });
  }
  function save() {
    clearTimeout(timer);
    if (busy) return;
    const going = items.filter(mayGo), marks = {};
    if (!going.length) { goOn(true); return; }
    going.forEach(function (item) { marks[item.code] = values(item); });
    busy = true;
    keep();
    say("正在保存…");
    post({ who: who, version: version, marks: marks }).then(function (answer) {
      busy = false;
      if (answer.ok) take(answer.ok, marks);
      else if (answer.refused && answer.refused.theirs && Object.keys(answer.refused.theirs).length) meet(answer.refused);
      else fail(answer);
      goOn(Boolean(answer.ok));
    });
  }
  function goOn(isSaved) {
    if (!pressed) return;
    if (isSaved && items.some(mayGo)) { save(); return; } /* what was typed meanwhile goes first */
    const waiting = pressed;
    pressed = null;
    if (!isSaved || items.some(isDirty)) return;
    isSafe = true;
    waiting.click();
    isSafe = false;
  }
  function take(answer, sent) {
    version = answer.version;
    form.elements.version.value = String(version);
    const refused = answer.errors || {};
    items.forEach(function (item) {
      if (!sent[item.code]) return;
      if (refused[item.code]) { item.refused = sent[item.code]; complain(item, refused[item.code]); return; }
      item.saved = sent[item.code];
      item.refused = null;
      complain(item, []);
      cited(item);
    });
    confirmSums(answer);
    keep();
    const open = Object.keys(refused).length;
    unsaved = false;
    if (open) say("有 " + open + " 项没有保存，请看标出的地方", "choose");
    else say("已保存 " + answer.saved_at);
    if (items.some(mayGo)) plan(SOON);
  }
  /* The server's exact sums stand, unless something was typed since. */
  function confirmSums(answer) {
    freeze(answer.frozen);
    if (items.some(isDirty)) return;
    form.querySelector("[data-total]").textContent = answer.total;
    Object.keys(answer.sums).forEach(function (code) { form.querySelector('[data-sum="' + code + '"]').textContent = answer.sums[code]; });
  }
  function freeze(sentence) {
    frozen.hidden = !sentence;
    if (sentence) frozen.textContent = sentence;
  }
  function fail(answer) {
    keep();
    if (answer.refused) {
      if ("frozen" in answer.refused) freeze(answer.refused.frozen);
      say(answer.refused.refused + " 内容保留在本机。", "again");
      timer = setTimeout(save, NEXT_TRY);
    } else if (answer.signedOut) {
      say("登录已过期，未能保存，内容保留在本机。", "again");
      const link = element("a", "", "在新窗口登录");
      link.href = form.dataset.login;
      link.target = "_blank";
      link.rel = "opener";
      status.append(" ", link, "，再点“重试”。");
    } else {
      say("未能保存，内容保留在本机", "again");
      timer = setTimeout(save, NEXT_TRY);
    }
  }

  /* --- another window --------------------------------------------------------------------------------- */

  function write(item, given) {
    NAMES.forEach(function (name) { item.fields[name].value = given[name]; });
    cited(item);
    tell(item);
  }
  /* Takes over what another window saved; the items both changed are laid side by side. */
  function meet(answer) {
    const taken = [], disputed = [];
    version = answer.version;
    form.elements.version.value = String(version);
    Object.keys(answer.theirs).forEach(function (code) {
      const item = items.find(function (one) { return one.code === code; }), theirs = answer.theirs[code];
      const mine = isDirty(item) && !same(values(item), theirs);
      item.saved = theirs;
      if (mine) { dispute(item, theirs); disputed.push(code); } else { write(item, theirs); taken.push(code); }
    });
    show();
    confirmSums(answer);
    keep();
    say("这份评分表已在另一窗口修改" + (taken.length ? "，已载入 " + taken.join("、") : "") + (disputed.length ? "；" + disputed.join("、") + " 两边都改过，请选择" : "") + "。", disputed.length ? "choose" : undefined);
    if (items.some(mayGo)) plan(SOON);
  }
  function dispute(item, theirs) {
    if (item.theirs) item.theirs.remove();
    const box = element("div", "conflict"), acts = element("p", "actions");
    box.setAttribute("role", "alert");
    box.append(element("p", "", "另一窗口保存的是：" + (theirs.percentage || "未评") + "%；优势：" + (theirs.strengths || "（空）") + "；改进机会：" + (theirs.improvements || "（空）") + "；证据页：" + (theirs.evidence || "（空）")));
    function settle() { item.theirs = null; box.remove(); item.score.focus(); show(); keep(); }
    acts.append(
      button("采用我的", function () { settle(); plan(0); }),
      button("采用另一窗口的", function () { write(item, theirs); settle(); say("已采用另一窗口的内容"); })
    );
    box.append(acts);
    item.theirs = box;
    item.box.append(box);
  }
  function pulse() {
    if (document.hidden || busy) return;
    post({ who: who, version: version, marks: {} }).then(function (answer) {
      if (busy) return;
      if (answer.refused) { say(answer.refused.refused, "again"); return; }
      if (!answer.ok) return;
      if (Object.keys(answer.ok.theirs).length) meet(answer.ok);
      else freeze(answer.ok.frozen);
    });
  }
  setInterval(pulse, PULSE);
  document.addEventListener("visibilitychange", pulse);

  /* --- references to pages ---------------------------------------------------------------------------- */

  function cited(item) {
    const parts = item.fields.evidence.value.normalize("NFKC").split(/[、,;\s]+/).filter(Boolean), links = [];
    parts.forEach(function (part) {
      const match = part.match(/^(?:附([1-9]\d{0,2})[:-])?([1-9]\d{0,3})$/);
      if (!match) return;
      const link = element("a", "", (match[1] ? "附件 " + match[1] + " " : "") + "第 " + match[2] + " 页");
      link.href = "?paper=" + (match[1] || 0) + "&page=" + match[2] + "#papers";
      link.dataset.paper = match[1] || "0";
      link.dataset.page = match[2];
      links.push(link, " ");
    });
    const place = item.box.querySelector("[data-cited]");
    place.replaceChildren.apply(place, links);
  }
  function reference() { return (shown.paper ? "附" + shown.paper + ":" : "") + shown.page; }
  function cite(item) {
    const field = item.fields.evidence, parts = field.value.split("、").filter(Boolean);
    if (parts.indexOf(reference()) < 0) parts.push(reference());
    field.value = parts.join("、");
    cited(item);
    plan(SOON);
  }
  document.addEventListener("page-shown", function (event) {
    shown = event.detail;
    form.querySelectorAll("[data-cite-page]").forEach(function (place) { place.textContent = (shown.paper ? "附" + shown.paper + ":" : "") + shown.page; });
  });
  const pane = document.getElementById("papers");
  if (pane) shown = { paper: Number(pane.dataset.paper), page: Number(pane.dataset.page) };

  /* --- keys ------------------------------------------------------------------------------------------- */

  const dialog = document.querySelector("[data-help-dialog]"), help = form.querySelector("[data-help]");
  function openHelp() {
    if (!dialog.showModal || dialog.open) return;
    dialog.showModal();
    dialog.querySelector("[data-close]").focus();
  }
  help.addEventListener("click", openHelp);
  dialog.querySelector("[data-close]").addEventListener("click", function () { dialog.close(); });

  function itemAt(target) {
    return items.find(function (item) { return item.box.contains(target); });
  }
  const marksPane = document.getElementById("marks");
  marksPane.addEventListener("keydown", function (event) {
    const target = event.target, item = itemAt(target), isScore = target.classList.contains("score");
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && item && !isScore) { item.score.focus(); return; }
    if (isScore && (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const to = items.indexOf(item) + (event.key === "ArrowUp" ? -1 : 1);
      const next = boxes[to] || (to > 0 ? form.querySelector("button[name=submit]") : null);
      if (next) next.focus();
      return;
    }
    if (!hasKeys || (!isScore && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))) return;
    const acts = {
      c: function () { (item || items[0]).fields.strengths.focus(); },
      n: function () { const next = form.querySelector("[data-next]"); if (next) next.click(); },
      "[": function () { document.dispatchEvent(new CustomEvent("turn-page", { detail: -1 })); },
      "]": function () { document.dispatchEvent(new CustomEvent("turn-page", { detail: 1 })); },
      "?": openHelp
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });

  boxes.forEach(function (box) { box.addEventListener("focus", function () { box.select(); }); });
  items.forEach(function (item) {
    item.box.addEventListener("input", function (event) {
      show();
      tell(item);
      if (event.target === item.fields.evidence) cited(item);
      plan(PAUSE);
    });
    item.box.addEventListener("focusout", function () { if (mayGo(item)) plan(SOON); });
    tell(item);
    const citing = item.box.querySelector("[data-cite]");
    citing.addEventListener("click", function () { cite(item); });
  });
  retry.addEventListener("click", function () { items.forEach(function (item) { item.refused = null; }); save(); });
  window.addEventListener("online", save);

  /* --- leaving ---------------------------------------------------------------------------------------- */

  form.addEventListener("click", function (event) { lastButton = event.target.closest("button[type=submit]") || lastButton; });
  form.addEventListener("submit", function (event) {
    clearTimeout(timer);
    form.elements.csrfmiddlewaretoken.value = token();
    const sent = event.submitter || lastButton, mayLeave = Boolean(sent) && sent.name === "submit";
    if (mayLeave && (isSafe || !(busy || items.some(isDirty)))) { leaving = true; return; }
    event.preventDefault(); /* what is typed is saved here; only handing the sheet in leaves the page, afterwards */
    if (!items.some(isDirty) && !busy) { say("没有新的改动"); return; }
    pressed = mayLeave ? sent : null;
    const stuck = items.find(function (item) { return isDirty(item) && !mayGo(item); });
    if (stuck) { pressed = null; say("请先处理标出的地方", "choose"); stuck.score.focus(); } else save();
  });
  window.addEventListener("pageshow", function () { leaving = false; });
  window.addEventListener("beforeunload", function (event) {
    if (leaving || !(unsaved || items.some(isDirty))) return;
    keep();
    event.preventDefault();
    event.returnValue = "";
  });

  offerKept();
  if (!form.querySelector(".conflict") && !document.querySelector(".error-summary")) {
    const next = boxes.find(function (box) { return box.value === ""; });
    if (next && document.documentElement.clientWidth > 900) next.focus();
  }
}());
