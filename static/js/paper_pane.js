/* The dossier beside the score sheet: turning pages, thumbnails, search and jump marks without leaving the page.
   Without this file every link opens the page anew with the paper it names. Tells the sheet which page is shown. */
"use strict";
(function () {
  const pane = document.getElementById("papers");
  if (!pane) return;
  const desk = document.querySelector("[data-scoring-desk]");

  /* --- one column on a phone: material or marks --------------------------------------------------- */

  const tabs = Array.from(desk.querySelectorAll("[data-tab]"));
  function showTab(name) {
    desk.dataset.shown = name;
    tabs.forEach(function (tab) {
      if (tab.dataset.tab === name) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    });
  }
  tabs.forEach(function (tab) {
    tab.addEventListener("click", function (event) { event.preventDefault(); showTab(tab.dataset.tab); });
  });
  showTab(location.hash === "#papers" ? "papers" : "marks");

  const turn = pane.querySelector("[data-turn]");
  if (!turn) return;
  const chosen = turn.elements.paper, typed = turn.elements.page, strip = pane.querySelector("[data-strip]");
  const leaf = pane.querySelector("[data-leaf]"), problem = pane.querySelector("[data-leaf-problem]");
  const stripToggle = pane.querySelector("[data-strip-toggle]"), zoom = pane.querySelector("[data-zoom]");
  let paper = Number(pane.dataset.paper), page = Number(pane.dataset.page);

  function pagesOf(number) { return Number(chosen.options[number].dataset.pages); }
  function address(number, at) { return pane.dataset.papers + "papers/" + number + "/" + at + "/"; }
  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  /* --- one page ----------------------------------------------------------------------------------- */

  function show(number, at) {
    const pages = pagesOf(number);
    if (!pages) { turn.submit(); return; } /* a file without pages here: the page itself says where to read it */
    paper = number;
    page = Math.max(1, Math.min(at, pages));
    chosen.value = String(paper);
    typed.value = String(page);
    turn.querySelector("span[data-pages]").textContent = String(pages);
    let picture = pane.querySelector("[data-picture]");
    if (!picture) {
      picture = element("img");
      picture.dataset.picture = "";
      leaf.replaceChildren(picture, problem);
      watch(picture);
    }
    problem.hidden = true;
    leaf.setAttribute("aria-busy", "true");
    picture.alt = chosen.options[paper].textContent + " 第 " + page + " 页";
    picture.src = address(paper, page);
    leaf.scrollTop = 0;
    pane.querySelectorAll("[data-step]").forEach(function (link) {
      const next = page + Number(link.dataset.step);
      link.href = "?paper=" + paper + "&page=" + next + "#papers";
      link.classList.toggle("disabled", next < 1 || next > pages);
    });
    markThumbnail();
    document.dispatchEvent(new CustomEvent("page-shown", { detail: { paper: paper, page: page } }));
  }
  function watch(picture) {
    picture.addEventListener("load", function () { leaf.removeAttribute("aria-busy"); });
    picture.addEventListener("error", function () {
      leaf.removeAttribute("aria-busy");
      const again = element("button", "btn btn-sm btn-outline-primary", "重试");
      again.type = "button";
      again.addEventListener("click", function () { show(paper, page); });
      problem.replaceChildren("第 " + page + " 页的图片没有载入，可能还在生成；重试几次仍没有的，请把文件名和页码告诉秘书处。", again);
      problem.hidden = false;
    });
  }
  const first = pane.querySelector("[data-picture]");
  if (first) watch(first);

  turn.addEventListener("submit", function (event) { event.preventDefault(); show(Number(chosen.value), Number(typed.value) || 1); });
  chosen.addEventListener("change", function () { buildStrip(); show(Number(chosen.value), 1); });
  desk.addEventListener("click", function (event) {
    const step = event.target.closest("a[data-step]"), link = event.target.closest("a[data-page]");
    if (!step && !link) return;
    event.preventDefault();
    if (step) { show(paper, page + Number(step.dataset.step)); return; }
    showTab("papers");
    const other = Number(link.dataset.paper) !== paper;
    show(Number(link.dataset.paper), Number(link.dataset.page));
    if (other) buildStrip();
  });
  document.addEventListener("turn-page", function (event) { show(paper, page + event.detail); });
  zoom.addEventListener("click", function () {
    const large = leaf.classList.toggle("is-large");
    zoom.setAttribute("aria-pressed", String(large));
  });

  /* --- thumbnails --------------------------------------------------------------------------------- */

  function buildStrip() {
    if (strip.hidden) return;
    strip.replaceChildren.apply(strip, Array.from({ length: pagesOf(paper) }, function (_unused, index) {
      const link = element("a"), small = element("img");
      link.href = "?paper=" + paper + "&page=" + (index + 1) + "#papers";
      link.dataset.paper = String(paper);
      link.dataset.page = String(index + 1);
      small.loading = "lazy";
      small.width = 66;
      small.height = 93;
      small.alt = "";
      small.src = address(paper, index + 1) + "small/";
      link.append(small, element("span", "", "第 " + (index + 1) + " 页"));
      return link;
    }));
    markThumbnail();
  }
  function markThumbnail() {
    strip.querySelectorAll("a").forEach(function (link) {
      if (Number(link.dataset.page) === page) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }
  stripToggle.addEventListener("click", function () {
    strip.hidden = !strip.hidden;
    stripToggle.setAttribute("aria-expanded", String(!strip.hidden));
    if (strip.hidden) strip.replaceChildren();
    else buildStrip();
  });

  /* --- search ------------------------------------------------------------------------------------- */

  const search = pane.querySelector("[data-search]"), hits = pane.querySelector("[data-hits]");
  search.addEventListener("submit", function (event) {
    event.preventDefault();
    const words = search.elements.q.value.trim();
    hits.hidden = !words;
    if (!words) return;
    hits.replaceChildren(element("p", "quiet", "正在查找…"));
    fetch(pane.dataset.papers + "find/?q=" + encodeURIComponent(words), { credentials: "same-origin", redirect: "manual" })
      .then(function (answer) { if (!answer.ok) throw new Error("refused"); return answer.json(); })
      .then(function (answer) { list(answer.hits, words); })
      .catch(function () { hits.replaceChildren(element("p", "", "没有查到：网络或登录中断，请重试。")); });
  });
  function list(found, words) {
    if (!found.length) {
      hits.replaceChildren(element("p", "", "没有找到“" + words + "”。扫描件没有文字，查不到；请换一个词，或逐页查看。"));
      return;
    }
    const lines = element("ol");
    found.forEach(function (hit) {
      const line = element("li"), link = element("a", "", hit.where + " 第 " + hit.page + " 页" + (hit.item ? "（" + hit.item + "）" : ""));
      const around = element("span", "quiet");
      link.href = "?paper=" + hit.paper + "&page=" + hit.page + "#papers";
      link.dataset.paper = String(hit.paper);
      link.dataset.page = String(hit.page);
      around.append("…" + hit.before, element("mark", "", hit.hit), hit.after + "…");
      line.append(link, " ", around);
      lines.append(line);
    });
    hits.replaceChildren(element("p", "quiet", "找到 " + found.length + " 页"), lines);
  }
}());
