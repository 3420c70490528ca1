"""A byte flipped, a file gone, a file swapped: found by the night's sweep, by the command, and at the download."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from enterprises.files.actions import store_pdf
from enterprises.files.tasks import verify_files
from enterprises.files.views import download
from enterprises.tasks import __all__ as index
from foshan_quality.lib.problems import Refused
from tests import given

from . import corpus

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored():
    return store_pdf(given.upload("审计报告.pdf", corpus.plain(pages=2)), by=given.person("经办人"))


def flip_a_byte(stored):
    path = Path(stored.file.path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def remove(stored):
    Path(stored.file.path).unlink()


def swap(stored):
    other = store_pdf(given.upload("别的.pdf", corpus.plain(pages=3)), by=stored.uploaded_by)
    Path(stored.file.path).write_bytes(Path(other.file.path).read_bytes())


DAMAGES = [
    (flip_a_byte, "altered", "内容与登记的摘要不符"),
    (remove, "missing", "缺失或无法读取"),
    (swap, "altered", "内容与登记的摘要不符"),
]


def test_files_as_they_were_stored_raise_no_alarm(stored, caplog):
    out = StringIO()

    verify_files()
    call_command("verify_files", stdout=out)

    assert caplog.records == []
    assert out.getvalue() == "文件完好：1 个。\n"


@pytest.mark.parametrize(("damage", "wrong", "_words"), DAMAGES)
def test_the_nightly_sweep_cries_out_with_the_file(stored, caplog, damage, wrong, _words):
    damage(stored)

    verify_files()

    [record] = caplog.records
    assert record.levelname == "CRITICAL"
    assert record.getMessage() == f"stored file {stored.pk} (审计报告.pdf) is {wrong} on disk: {stored.file.name}"


@pytest.mark.parametrize(("damage", "_wrong", "words"), DAMAGES)
def test_the_command_names_the_file_and_fails(stored, damage, _wrong, words):
    damage(stored)

    with pytest.raises(CommandError) as failed:
        call_command("verify_files", stdout=StringIO())

    assert (
        str(failed.value) == f"文件 {stored.pk}“审计报告.pdf”{words}：{stored.file.name}，上传人 {stored.uploaded_by}。"
    )


@pytest.mark.parametrize(("damage", "wrong", "_words"), DAMAGES)
def test_a_damaged_file_is_not_handed_out(stored, caplog, damage, wrong, _words):
    damage(stored)

    with pytest.raises(Refused, match=f"文件“审计报告.pdf”与保存时不一致，不能下载。.*文件编号 {stored.pk}"):
        download(stored)

    assert [record.levelname for record in caplog.records] == ["CRITICAL"]


def test_a_file_no_row_knows_is_named_but_is_no_failure(stored):
    folder = Path(stored.file.path).parent
    (folder / "f00d").write_bytes(b"%PDF-")
    out = StringIO()

    call_command("verify_files", stdout=out)

    path = f"{Path(stored.file.name).parent}/f00d"
    assert out.getvalue() == f"未登记：{path}（办理中断留下的，确认后可以删除）\n文件完好：1 个。\n"


def test_the_sweep_is_one_query_at_any_number_of_files(stored, django_assert_num_queries):
    for _ in range(2):
        store_pdf(given.upload(), by=stored.uploaded_by)

    with django_assert_num_queries(1):
        verify_files()


def test_the_sweep_runs_every_night(settings):
    assert settings.CELERY_BEAT_SCHEDULE["verify-files"]["task"] == verify_files.name
    assert "verify_files" in index
