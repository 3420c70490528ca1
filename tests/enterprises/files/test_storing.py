"""What is kept of a good file, and what is left when something breaks half way."""

import hashlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, models

from enterprises.files import actions, sandbox
from enterprises.files.actions import store_pdf
from enterprises.files.checks import BadFile, shown_name
from enterprises.models import StoredFile
from tests import given
from tests.workers import eventually

from . import corpus

UNAVAILABLE = "系统暂时不能保存文件，没有保存。请过几分钟再上传；仍不行请联系秘书处。"


def on_disk(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_good_pdf_is_kept_under_our_name_with_the_digest_and_size_of_what_is_kept(settings):
    user = given.person()

    stored = store_pdf(given.upload("审计报告.pdf", corpus.plain(pages=3)), by=user)

    [path] = on_disk(settings)
    content = path.read_bytes()
    assert (stored.name, stored.pages, stored.content_type) == ("审计报告.pdf", 3, "application/pdf")
    assert (stored.size, stored.digest) == (len(content), hashlib.sha256(content).hexdigest())
    assert stored.uploaded_by == user
    assert "审计" not in str(path)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_the_size_limit_is_meant_to_the_byte(settings):
    content, user = corpus.plain(), given.person()

    settings.UPLOAD_MAX_BYTES = len(content)
    stored = store_pdf(given.upload("材料.pdf", content), by=user)
    settings.UPLOAD_MAX_BYTES = len(content) - 1
    with pytest.raises(BadFile, match="MB 的上限，没有保存。请压缩或拆分后上传。"):
        store_pdf(given.upload("材料.pdf", content), by=user)

    assert list(StoredFile.objects.all()) == [stored]


@pytest.mark.django_db
def test_an_upload_without_end_is_read_no_further_than_the_limit(settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    taken = []

    class Endless(SimpleUploadedFile):
        def chunks(self, chunk_size=None):
            while True:
                taken.append(64 * 1024)
                yield b"%PDF-".ljust(64 * 1024)

    with pytest.raises(BadFile, match=r"文件有 1.1 MB，超过 1 MB 的上限"):
        store_pdf(Endless("大.pdf", b"%PDF-"), by=given.person())

    assert sum(taken) == 1024 * 1024 + 64 * 1024


@pytest.mark.django_db
def test_the_page_limit_is_a_setting(settings):
    settings.UPLOAD_MAX_PAGES = 2

    with pytest.raises(BadFile, match="文件超过 2 页的上限，没有保存。请拆分后上传。"):
        store_pdf(given.upload("材料.pdf", corpus.plain(pages=3)), by=given.person())


# --- when something breaks ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_that_cannot_be_written_leaves_no_file(settings, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError("the connection is gone")

    user = given.person()
    monkeypatch.setattr(actions, "add", fail)

    with pytest.raises(DatabaseError):
        store_pdf(given.upload(), by=user)

    assert on_disk(settings) == []


@pytest.mark.django_db
def test_a_disk_that_fills_up_half_way_leaves_no_file_and_no_row_and_a_second_try_works(settings, monkeypatch):
    def half(storage, name, content):
        path = Path(storage.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.read(100))
        raise OSError(28, "No space left on device")

    user = given.person()
    with monkeypatch.context() as disk:
        disk.setattr(FileSystemStorage, "_save", half)
        with pytest.raises(BadFile) as bad:
            store_pdf(given.upload(), by=user)
    assert (str(bad.value), on_disk(settings), StoredFile.objects.count()) == (UNAVAILABLE, [], 0)

    stored = store_pdf(given.upload(), by=user)

    assert [path.name for path in on_disk(settings)] == [Path(stored.file.name).name]


@pytest.mark.django_db
def test_a_killed_helper_is_replaced_unnoticed():
    user = given.person()
    store_pdf(given.upload(), by=user)
    _owner, helper, _socket = sandbox._helper
    helper.send_signal(signal.SIGKILL)
    helper.wait()

    stored = store_pdf(given.upload(), by=user)

    assert stored.pages == 1
    assert sandbox._helper[1].pid != helper.pid


def test_a_helper_that_cannot_start_is_told_as_our_fault(monkeypatch):
    monkeypatch.setattr(sandbox, "_helper", None)
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    with TemporaryFile() as source, TemporaryFile() as target, pytest.raises(BadFile) as bad:
        sandbox.clean_pdf(source, target, max_pages=1)

    assert str(bad.value) == UNAVAILABLE


# --- the helper ---------------------------------------------------------------------------------------


def cleaned_pages(content):
    with TemporaryFile() as source, TemporaryFile() as target:
        source.write(content)
        source.flush()
        return sandbox.clean_pdf(source, target, max_pages=2000)


def test_many_files_at_once_each_get_their_own_answer():
    files = [corpus.plain(pages=n) for n in range(1, 17)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(cleaned_pages, files))

    assert answers == list(range(1, 17))


def test_a_file_given_up_does_not_hold_up_the_next():
    make, _reasons = corpus.REFUSED["one_page_listed_a_million_times"]
    heavy = make()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(cleaned_pages, heavy)
        quick = cleaned_pages(corpus.plain())
        waited = not slow.done()

    assert (quick, waited) == (1, True)
    assert isinstance(slow.exception(), BadFile)


def test_the_helper_knows_none_of_our_secrets():
    cleaned_pages(corpus.plain())
    _owner, helper, _socket = sandbox._helper

    assert Path(f"/proc/{helper.pid}/environ").read_bytes() == b""
    assert os.readlink(f"/proc/{helper.pid}/cwd") == "/"


def test_the_helper_ends_with_the_process_it_works_for():
    code = (
        "from tempfile import TemporaryFile as file; from enterprises.files import sandbox, checks\n"
        "try: sandbox.clean_pdf(file(), file(), max_pages=1)\n"
        "except checks.BadFile: print(sandbox._helper[1].pid)"
    )
    helper = int(subprocess.check_output([sys.executable, "-c", code]))

    assert eventually(lambda: not Path(f"/proc/{helper}/cmdline").exists())


# --- names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handed_in", "shown"),
    [
        ("营业执照.pdf", "营业执照.pdf"),
        ("扫描件.PDF", "扫描件.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system.ini", "system.ini.pdf"),
        ("C:\\tmp\\报告.pdf", "报告.pdf"),
        ("报告.pdf.exe", "报告.pdf.exe.pdf"),
        ("报告.html", "报告.html.pdf"),
        ("报告.pdf.", "报告.pdf"),
        ("报告\r\nSet-Cookie: a=1.pdf", "报告 Set-Cookie_ a=1.pdf"),
        ("甲\u2028乙.pdf", "甲 乙.pdf"),
        ("报告\x00.pdf", "报告.pdf"),
        ("报\u202efdp.exe", "报fdp.exe.pdf"),
        ('报"告";x="1.pdf', "报_告_;x=_1.pdf"),
        ("<script>alert(1)</script>.pdf", "script_.pdf"),
        ("CON", "_CON.pdf"),
        ("con.pdf", "_con.pdf"),
        ("lpt1.txt", "_lpt1.txt.pdf"),
        ("合同.pdf", "合同.pdf"),
        ("📎附件.pdf", "📎附件.pdf"),
        ("𰻝面.pdf", "𰻝面.pdf"),
        ("cafe\u0301.pdf", "café.pdf"),
        ("\ud800报告.pdf", "报告.pdf"),
        (".pdf", "未命名.pdf"),
        (" .. ", "未命名.pdf"),
        ("", "未命名.pdf"),
        (None, "未命名.pdf"),
        ("长" * 300 + ".pdf", "长" * 195 + ".pdf"),
    ],
)
def test_names_are_made_harmless(handed_in, shown):
    limit = StoredFile._meta.get_field("name").max_length

    assert shown_name(handed_in) == shown
    assert len(shown) <= limit
    assert shown_name(shown) == shown


def test_the_name_on_disk_has_nothing_of_the_name_handed_in():
    field = StoredFile._meta.get_field("file")

    path = field.generate_filename(None, "../../x.php")

    assert isinstance(field, models.FileField)
    assert path.count("/") == 3
    assert path.rsplit("/", 1)[1].isalnum()
    assert "php" not in path
