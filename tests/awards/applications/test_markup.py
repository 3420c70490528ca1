"""Headings, lists, tables and pictures out of plain text; everything else stays as it was typed."""

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as some

from awards.applications.markup import Block, blocks, pictures

TEXT = """# 领导力建设
高层每月到现场。

## 办法
- 例会
• 巡视
1. 定目标
2.\t分解
| 指标 | 2023 | 2024 |
|---|---|---|
| 合格率 | 98 | 99 |
[图：改进曲线.png]
图 1 近三年合格率"""


def test_each_sign_makes_its_block():
    assert blocks(TEXT) == [
        Block("heading", "领导力建设"),
        Block("paragraph", "高层每月到现场。"),
        Block("subheading", "办法"),
        Block("list", lines=(("", "例会"), ("", "巡视"))),
        Block("numbered", lines=(("1", "定目标"), ("2", "分解"))),
        Block("table", lines=(["指标", "2023", "2024"], ["合格率", "98", "99"])),
        Block("picture", "改进曲线.png"),
        Block("paragraph", "图 1 近三年合格率"),
    ]
    assert pictures(TEXT) == ["改进曲线.png"]


@pytest.mark.parametrize(
    ("written", "stored"),
    [("曲线.JPEG", "曲线.jpg"), ("曲线.Png", "曲线.png"), ("曲线.pdf", "曲线.pdf"), ("曲线", "曲线")],
)
def test_a_picture_is_called_as_the_store_of_files_writes_its_name(written, stored):
    assert (pictures(f"［图：{written}］"), blocks(f"[图：{written}]")) == ([stored], [Block("picture", stored)])


def test_cells_pasted_from_a_document_are_a_table_with_every_row_as_wide():
    assert blocks("指标\t2023\t2024\n合格率\t98") == [
        Block("table", lines=(["指标", "2023", "2024"], ["合格率", "98", ""]))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1.5 万元以上",
        "2019、2020 年获奖",
        "#1 车间",
        "-5%",
        "（一）方法\n（二）展开",
        "只有一行\t不是表格",
        "|x|",
        "见[图：a.png]",
    ],
)
def test_what_only_looks_like_a_sign_stays_as_typed(text):
    assert blocks(text) == [Block("paragraph", text)]


@any_of(some.text(alphabet="中a1 \t\n#-.|[]图：", max_size=60))
def test_nothing_that_counts_is_lost(text):
    shown = "".join(
        block.text + "".join("".join(line) for line in block.lines) + ("图" if block.kind == "picture" else "")
        for block in blocks(text)
    )

    assert sorted(c for c in shown if c in "中a") == sorted(c for c in text if c in "中a")
