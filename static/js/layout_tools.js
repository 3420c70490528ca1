/* Buttons that write the signs of a layout into an answer. Without this file one types them; the page says how. */
"use strict";
(function () {
  const TOOLS = [
    ["小标题", "# ", "小标题"], ["列表", "- ", "列表的一项"], ["编号", "1. ", "第一项"],
    ["表格", "", "| 指标 | 2023年 | 2024年 | 2025年 |\n| 名称（单位） |  |  |  |"], ["图片", "", "[图：文件名.png]"]
  ];

  function insert(field, sign, sample) {
    const from = field.selectionStart, to = field.selectionEnd, text = field.value;
    const chosen = text.slice(from, to);
    const lines = (chosen && sign) ? chosen.split("\n").map(function (line) { return sign + line; }).join("\n") : sign + sample;
    const before = from && text[from - 1] !== "\n" ? "\n" : "", after = to < text.length && text[to] !== "\n" ? "\n" : "";
    field.focus();
    field.setRangeText(before + lines + after, from, sign ? to : from, "end");
    field.setSelectionRange(from + before.length + sign.length, from + before.length + lines.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.querySelectorAll(".is-guided textarea").forEach(function (field) {
    const bar = document.createElement("div"), label = document.querySelector('label[for="' + field.id + '"]');
    bar.className = "layout-tools";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "版面：" + (label ? label.textContent.trim() : ""));
    TOOLS.forEach(function (tool) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-outline-secondary";
      button.textContent = tool[0];
      button.addEventListener("click", function () { insert(field, tool[1], tool[2]); });
      bar.append(button);
    });
    field.before(bar);
  });
}());
