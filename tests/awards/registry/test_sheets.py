import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from awards.registry.sheets import BOM, csv_text, safe_cell


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_starts_like_a_formula(text):
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_nothing_is_an_empty_cell():
    assert safe_cell(None) == ""


def test_a_file_reads_back_as_it_was_written():
    content = csv_text(["单位", "说明"], [["甲，乙", '含"引号"\n和换行'], [None, 3]])

    rows = list(csv.reader(io.StringIO(content.removeprefix(BOM))))
    assert rows == [["单位", "说明"], ["甲，乙", '含"引号"\n和换行'], ["", "3"]]
