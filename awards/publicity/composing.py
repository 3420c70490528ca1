"""A notice, a paper, a reply as its content: plain values, in the order in which they are printed. Pure."""

import re
from datetime import date
from itertools import combinations, pairwise

from foshan_quality.lib.words import paper_date, width

FIRST_LEVEL = re.compile(r"[一二三四五六七八九十]{1,3}、")
SECOND_LEVEL = re.compile(r"（[一二三四五六七八九十]{1,3}）")
TITLE_LINE = 19  # characters of 2号 on a line of 156 mm, digits half as wide
PAUSE = re.compile(r"(?=(?<!\d)\d{4}年)|(?<=奖)(?!的|项|名单)|(?=关于)")
LISTED = ["序号", "单位名称", "所在区"]


def paragraphs(text):
    """The lines of a text, each with its level: "first" 一、, "second" （一）, else "text"."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [[_level(line), line] for line in lines if line]


def _level(line):
    if FIRST_LEVEL.match(line):
        return "first"
    return "second" if SECOND_LEVEL.match(line) else "text"


def title_lines(title):
    """A title on one line, or parted where a reader would pause, never inside a word like 公示."""
    pauses = [found.start() for found in PAUSE.finditer(title) if 0 < found.start() < len(title)]
    for count in range(len(pauses) + 1):
        parted = [_parted(title, places) for places in combinations(pauses, count)]
        if fitting := [lines for lines in parted if max(map(width, lines)) <= TITLE_LINE]:
            return min(fitting, key=lambda lines: sum(width(line) ** 2 for line in lines))
    return _parted(title, [len(title) // 2])


def _parted(title, places):
    return [title[start:end] for start, end in pairwise([0, *places, len(title)])]


def content(*, title, body, issuer, dated, is_rehearsal, **more):
    """A paper's content. `dated` is a day or None for room to write it; `more` overrides the empty parts."""
    parts = {"mark": "", "number": "", "signer": False, "to": "", "head": [], "rows": [], "after": [], "contact": ""}
    return parts | {
        "title": title,
        "title_lines": title_lines(title),
        "body": paragraphs(body),
        "issuer": issuer,
        "dated": paper_date(dated) if dated else "　　　　年　　月　　日",
        "day": dated.isoformat() if dated else "",
        "is_rehearsal": is_rehearsal,
        **more,
    }


def of_notice(*, title, body, names, window, number, dated, issuer, hotline, is_rehearsal, replaced=""):
    """A public notice: its text, the list as registered, the period, who takes objections."""
    after = [window, f"受理单位：{issuer}　联系电话：{hotline}"]
    if replaced:
        after.insert(0, replaced)
    return content(
        title=title,
        body=body,
        issuer=issuer,
        dated=dated,
        is_rehearsal=is_rehearsal,
        head=LISTED,
        rows=[[str(n), row["name"], row["district"]] for n, row in enumerate(names, 1)],
        after=[["text", line] for line in after],
        number=f"第{number}号" if number else "",
    )


def window_said(first_day, last_day, working_days, *, is_first_day_counted):
    """公示期：2026年9月29日至2026年10月12日24:00……: the period as a paper says it."""
    start = "发布当日计入" if is_first_day_counted else "自发布次日起算"
    return (
        f"公示期：{paper_date(first_day)}至{paper_date(last_day)}24:00（北京时间），共{working_days}个工作日，{start}，"
        "法定节假日和休息日不计入，调休上班日计入。"
    )


def replacing_said(number, title, released_on: date, because):
    """This notice takes the place of an earlier one, and why."""
    former = f"{paper_date(released_on)}发布的第{number}号公示《{title}》"
    return f"本公示更正并取代{former}，公示期重新计算。更正原因：{because}"


OUTCOMES = {
    "upheld": "经核查，你（单位）反映的情况成立，该单位的拟奖资格已经取消。",
    "dismissed": "经核查，你（单位）反映的情况不成立，该单位的拟奖资格不变。",
}


def of_reply(*, to, name, notice, received_on, outcome, finding, **paper):
    """The answer to whoever objected: what was found, with the reasons."""
    body = "\n".join(
        [
            f"你（单位）{paper_date(received_on)}就《{notice}》所列{name}提出的异议收悉。",
            OUTCOMES[outcome],
            f"核查情况：{finding}",
            "特此答复。",
        ]
    )
    return content(title="关于异议核查结果的答复", body=body, to=to, **paper)
