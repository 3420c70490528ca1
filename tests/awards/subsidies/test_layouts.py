"""The treasury's two layouts, without a database."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from awards.subsidies.batches import treasury
from awards.subsidies.batches.layouts import ANSWER, Answer, Order, Unreadable, answers, order_bytes, unwritable

ORDERS = [
    Order("r-1", "佛山甲公司", "6222000000001234", "某银行", Decimal("1000000.00"), "佛府〔2026〕1号"),
    Order("r-2", "=甲,“乙”", "6222000000005678", "某<银>&行", Decimal("0.10"), "文"),
]
HEADING = ",".join(ANSWER)
LINE = "2026-0001,r-1,1000000.00,已付,2026-09-30,"


def written(layout, encoding, orders=ORDERS):
    return order_bytes(orders, number="2026-0001", payer="city", layout=layout, encoding=encoding)


def test_the_table_of_orders_ends_with_its_sum_and_holds_no_formula():
    assert written("csv", "utf-8").decode("utf-8-sig") == (
        "批次号,序号,支付流水号,收款户名,收款账号,开户银行,金额,依据文件\r\n"
        "2026-0001,1,r-1,佛山甲公司,6222000000001234,某银行,1000000.00,佛府〔2026〕1号\r\n"
        '2026-0001,2,r-2,"\'=甲,“乙”",6222000000005678,某<银>&行,0.10,文\r\n'
        "2026-0001,合计,2,,,,1000000.10,\r\n"
    )


def test_utf_8_tables_have_a_mark_and_gbk_ones_are_the_same_text():
    assert written("csv", "utf-8")[:3] == b"\xef\xbb\xbf"
    assert written("csv", "gbk").decode("gbk") == written("csv", "utf-8").decode("utf-8-sig")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_the_xml_of_orders_says_its_encoding_count_and_sum(encoding):
    text = written("xml", encoding).decode(encoding)

    root = ElementTree.fromstring(text)  # noqa: S314  our own
    assert text.startswith(f'<?xml version="1.0" encoding="{encoding.upper()}"?>')
    assert root.attrib == {"number": "2026-0001", "payer": "city", "count": "2", "total": "1000000.10"}
    assert [child.text for child in root[1]] == ["r-2", "=甲,“乙”", "6222000000005678", "某<银>&行", "0.10", "文"]


@pytest.mark.parametrize("layout", ["csv", "xml"])
def test_the_same_orders_are_the_same_bytes(layout):
    assert written(layout, "gbk") == written(layout, "gbk")


def test_what_an_encoding_lacks_is_named_with_its_character():
    rare = [Order("r", "佛山㐂公司", "1", "㐂行\x01", Decimal("1.00"), "文")]

    assert unwritable(rare, "gbk") == [("佛山㐂公司", "㐂"), ("㐂行\x01", "\x01")]
    assert unwritable(rare, "utf-8") == [("㐂行\x01", "\x01")]


def test_an_answer_is_read_field_by_field():
    [answer] = answers(f"{HEADING}\r\n{LINE}'=不用管\r\n".encode())

    assert (answer.batch, answer.reference, answer.amount, answer.result, str(answer.day), answer.note) == (
        "2026-0001",
        "r-1",
        Decimal("1000000.00"),
        "已付",
        "2026-09-30",
        "=不用管",
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "第一行不是"),
        (HEADING, "没有任何一行结果"),
        (f"{HEADING}\r\n{LINE}\0", "空字符"),
        (f"{HEADING},多余\r\n{LINE}", "第一行不是"),
        (f'{HEADING}\r\n"没有结束', "不是完整的 CSV"),
        ("<BatchResult><Result>", "不是完整的 XML"),
        ("<Other/>", "不是 BatchResult"),
        ("<BatchResult><Payment/></BatchResult>", "不是 BatchResult"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><BatchResult><Result/></BatchResult>', "文档类型定义"),
        ('<?xml version="1.0" encoding="GBK"?><BatchResult>付</BatchResult>', "声明为 GBK 编码，实际不是"),
    ],
)
def test_a_file_that_is_no_answer_is_refused_whole(text, why):
    with pytest.raises(Unreadable, match=why):
        answers(text.encode())


def test_fields_twice_or_strange_in_xml_are_one_unread_line():
    for inside in ("<Amount>1</Amount><Amount>2</Amount>", "<Strange/>"):
        [answer] = answers(f"<BatchResult><Result>{inside}</Result></BatchResult>".encode())
        assert answer.problem == "栏数不对"


def test_account_numbers_do_not_stay_in_what_is_shown_of_a_line():
    [answer] = answers(f"{HEADING}\r\n6222000000001234,x,1,已付,2026-09-30,\r\n".encode())

    assert answer.text == "****1234,x,1,已付,2026-09-30,"
    assert isinstance(answer, Answer)


def test_a_file_is_handed_over_whole_once_and_never_over_another():
    for _ in range(2):
        assert treasury.hand_over("2026-0001.csv", b"one") == "FILE-2026-0001.csv"
    with pytest.raises(treasury.Conflict, match="已有内容不同的"):
        treasury.hand_over("2026-0001.csv", b"other")

    assert {path.name: path.read_bytes() for path in treasury.folder("out").iterdir()} == {"2026-0001.csv": b"one"}
