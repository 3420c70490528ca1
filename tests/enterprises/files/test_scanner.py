"""The virus scanner, played by a small clamd of our own on a local socket."""

import socket
import struct
import threading
from contextlib import contextmanager

import pytest

from enterprises.files import scanner
from enterprises.files.actions import store_pdf
from enterprises.files.checks import BadFile
from enterprises.models import StoredFile
from tests import given

from . import corpus

pytestmark = pytest.mark.django_db

UNSCANNED = "杀毒程序暂时不能工作，文件无法检查，没有保存。请过几分钟再上传。"
INFECTED = "杀毒程序认为文件带有病毒，没有保存。请检查电脑后重新导出上传。"


@contextmanager
def clamd(answer, family=socket.AF_UNIX, address=None):
    """Takes one file as clamd does, answers, and remembers what it was given."""
    taken = bytearray()

    def serve():
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as reading:
            assert reading.read(10) == b"zINSTREAM\0"
            while size := struct.unpack("!L", reading.read(4))[0]:
                taken.extend(reading.read(size))
            if answer is None:
                release.wait(5)
            else:
                connection.sendall(answer)

    release = threading.Event()
    with socket.socket(family) as listening:
        listening.bind(address)
        listening.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield taken, listening.getsockname()
        finally:
            release.set()
            thread.join()


@pytest.fixture
def place(settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "clamd")
    return settings.CLAMD_SOCKET


def test_a_clean_file_is_kept_and_the_scanner_saw_all_that_was_uploaded(place):
    content = corpus.plain(pages=300)

    with clamd(b"stream: OK\0", address=place) as (taken, _):
        stored = store_pdf(given.upload("材料.pdf", content), by=given.person())

    assert bytes(taken) == content
    assert stored.pages == 300


def test_a_scanner_may_live_at_a_host_and_port(settings):
    with clamd(b"stream: OK\0", family=socket.AF_INET, address=("127.0.0.1", 0)) as (_, (host, port)):
        settings.CLAMD_SOCKET = f"{host}:{port}"

        stored = store_pdf(given.upload(), by=given.person())

    assert stored.pages == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"stream: Eicar-Test-Signature FOUND\0", INFECTED),
        (b"INSTREAM size limit exceeded. ERROR\0", UNSCANNED),
        (b"stream: OK FOUND OK\0", UNSCANNED),
        (b"", UNSCANNED),
    ],
)
def test_anything_but_a_clear_ok_refuses_the_file_and_nothing_is_kept(place, answer, words):
    with clamd(answer, address=place), pytest.raises(BadFile) as bad:
        store_pdf(given.upload(), by=given.person())

    assert str(bad.value) == words
    assert not StoredFile.objects.exists()


def test_a_scanner_that_is_away_refuses_the_file_and_raises_the_alarm(place, caplog):
    with pytest.raises(BadFile) as bad:
        store_pdf(given.upload(), by=given.person())

    assert str(bad.value) == UNSCANNED
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert not StoredFile.objects.exists()


def test_a_scanner_that_never_answers_is_not_waited_for(place, monkeypatch):
    monkeypatch.setattr(scanner, "SECONDS", 0.2)

    with clamd(None, address=place), pytest.raises(BadFile) as bad:
        store_pdf(given.upload(), by=given.person())

    assert str(bad.value) == UNSCANNED
