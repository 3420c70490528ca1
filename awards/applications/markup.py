"""How an answer of the self-report is laid out: headings, lists, tables and pictures, told by plain signs. Pure.

Nothing but text is kept, so there is nothing to clean: what somebody pastes becomes text, and only the signs below are
read. A block of cells pasted from a document or a spreadsheet comes with tabs and is a table as it stands. Whatever is
none of these stays a paragraph, line by line as it was typed.
"""

import re
from dataclasses import dataclass

RULE = [
    ("小标题", "# 领导力建设", "行首一个井号加空格；次一级用两个"),
    ("列表", "- 每月召开质量例会", "行首短横加空格；编号列表写“1. ”"),
    ("表格", "| 指标 | 2023年 | 2024年 |", "每行用竖线分开，首行是表头；从 Word、Excel 复制的表格可以直接粘贴"),
    ("图片", "[图：质量改进曲线.png]", "单独一行，写文件名；图片先在“证明材料”上传（PNG、JPEG）"),
]

_HEADING = re.compile(r"\s*([#＃]{1,2})\s+(\S.*)")
_BULLET = re.compile(r"\s*[-•●·*]\s+(\S.*)")
_NUMBER = re.compile(r"\s*(\d{1,2})[.．]\s+(\S.*)")
_PICTURE = re.compile(r"\s*[\[［【]图[:：]\s*(.+?)\s*[\]］】]\s*")
_RULER = re.compile(r"[\s|:：\-—]+")
PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Block:
    """One piece of an answer. `kind` is heading, subheading, list, numbered, table, picture or paragraph.

    `lines` are the items of a list as (number, text), the rows of a table as lists of cells, the first being its
    heads; `text` is a heading, a paragraph, or the file name of a picture.
    """

    kind: str
    text: str = ""
    lines: tuple = ()


def blocks(text: str) -> list[Block]:
    """The answer in pieces, in order."""
    found, lines = [], text.splitlines()
    while lines:
        block, taken = _next(lines)
        lines = lines[taken:]
        if block.kind == "paragraph" and found and found[-1].kind == "paragraph":
            block = Block("paragraph", f"{found.pop().text}\n{block.text}")
        found.append(block)
    tidy = [Block(b.kind, b.text.strip("\n"), b.lines) for b in found]
    return [block for block in tidy if block.text or block.lines]


def _next(lines):
    """The first block of these lines, and how many of them it is."""
    if heading := _HEADING.fullmatch(lines[0]):
        return Block("subheading" if len(heading[1]) == 2 else "heading", heading[2].strip()), 1
    if picture := _PICTURE.fullmatch(lines[0]):
        return Block("picture", stored_name(picture[1])), 1
    if items := _run(lines, _BULLET.fullmatch):
        return Block("list", lines=tuple(("", item[1].strip()) for item in items)), len(items)
    if items := _run(lines, _NUMBER.fullmatch):
        return Block("numbered", lines=tuple((item[1], item[2].strip()) for item in items)), len(items)
    if len(rows := _run(lines, _cells)) > 1:
        told = [row for row in rows if not _RULER.fullmatch("|".join(row))]
        width = max(map(len, told), default=0)
        return Block("table", lines=tuple([*row, *[""] * (width - len(row))] for row in told)), len(rows)
    return Block("paragraph", lines[0]), 1


def _run(lines, read):
    found = []
    for line in lines:
        if not (one := read(line)):
            break
        found.append(one)
    return found


def _cells(line):
    """The cells of a row: between upright strokes, or parted by tabs; nothing for any other line."""
    bare = line.strip()
    if len(bare) > 2 and bare[0] in "|｜" and bare[-1] in "|｜":
        return [cell.strip() for cell in re.split("[|｜]", bare[1:-1])]
    return [cell.strip() for cell in line.split("\t")] if "\t" in bare else []


def pictures(text: str) -> list[str]:
    """The file names of the pictures an answer shows, in order."""
    return [stored_name(found[1]) for line in text.splitlines() if (found := _PICTURE.fullmatch(line))]


def stored_name(name: str) -> str:
    """A picture's file name as the store of files writes it: the suffix small, and .jpg for every JPEG."""
    stem, dot, suffix = name.rpartition(".")
    small = suffix.lower()
    if not dot or f".{small}" not in PICTURES:
        return name
    return f"{stem}.{'jpg' if small == 'jpeg' else small}"
