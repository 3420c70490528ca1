/* What is typed into a long form of the office stays in this tab until the server has it.
   Without this file the form is handed in by its button all the same.

   While somebody types, what differs from the page goes to this tab's sessionStorage. When the form opens again without
   it, because the sign-in ran out or the page was left, it is offered. Leaving with something unsaved asks once. Only
   for forms that show what is saved when they are opened again: then there is nothing left to offer. */
"use strict";
(function () {
  const form = document.querySelector("form[data-keeps-for]");
  if (!form) return;
  const store = "typed:" + form.dataset.keepsFor + ":" + location.pathname;
  const refused = document.querySelector(".error-summary") !== null;
  const fields = Array.from(form.elements).filter(function (field) {
    return field.name && (field.tagName === "TEXTAREA" || field.type === "text");
  });
  let leaving = false;

  function isDirty(field) { return field.value !== field.defaultValue; }
  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  }
  function button(words, act) {
    const made = element("button", "btn btn-sm btn-outline-primary", words);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  /* --- the copy in this tab --------------------------------------------------------------------------- */

  function kept() {
    try { return JSON.parse(sessionStorage.getItem(store)); } catch (broken) { return null; }
  }
  function keep() {
    const copy = kept(), typed = copy && refused ? copy.typed : {};
    fields.filter(isDirty).forEach(function (field) { typed[field.name] = field.value; });
    try {
      sessionStorage.setItem(store, JSON.stringify({ at: new Date().toTimeString().slice(0, 5), typed: typed }));
    } catch (full) { return; }
  }
  function forget() {
    try { sessionStorage.removeItem(store); } catch (closed) { return; }
  }
  function offer(copy) {
    const lost = fields.filter(function (field) {
      return field.name in copy.typed && copy.typed[field.name].trim() !== field.value.trim();
    });
    if (!lost.length) { if (!refused) forget(); return; }
    const box = element("div", "alert alert-info"), acts = element("p", "actions");
    box.setAttribute("role", "alert");
    box.append(element("p", "", "本机保留了 " + copy.at + " 没有保存成功的内容，共 " + lost.length + " 处。"));
    acts.append(
      button("恢复到页面", function () {
        lost.forEach(function (field) {
          field.value = copy.typed[field.name];
          field.dispatchEvent(new Event("input", { bubbles: true }));
        });
        box.remove();
        lost[0].focus();
      }),
      button("不用了", function () { box.remove(); forget(); fields[0].focus(); })
    );
    box.append(acts);
    form.prepend(box);
  }

  /* --- when ------------------------------------------------------------------------------------------- */

  form.addEventListener("input", keep);
  form.addEventListener("submit", function () { leaving = true; });
  window.addEventListener("pageshow", function () { leaving = false; });
  window.addEventListener("beforeunload", function (event) {
    if (leaving || !(refused || fields.some(isDirty))) return;
    event.preventDefault();
    event.returnValue = "";
  });
  const copy = kept();
  if (copy) offer(copy);
}());
