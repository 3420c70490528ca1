"""Runs `workbook.py` where a hostile file can hurt nobody: with little time, little memory and no secrets."""

import hashlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

from enterprises.files.checks import BadFile
from enterprises.files.scanner import scan

from . import workbook

log = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024 * 1024
PATIENCE = 25  # seconds on the wall, for a machine with much to do
REASONS = {
    "empty": "文件是空的。没有读取，请选择填好的表格。",
    "too_big": f"文件超过 {MOST_BYTES // 1024 // 1024} MB 的上限。没有读取，请拆分后上传。",
    "not_xlsx": "这不是 .xlsx 表格（按内容判断）。没有读取，请用“另存为”选择“Excel 工作簿 (*.xlsx)”后上传。",
    "old_or_locked": "这是旧格式 .xls 表格，或者设了打开密码。没有读取，请去掉密码、另存为 .xlsx 后上传。",
    "macros": "表格里带有宏或控件。没有读取，请另存为不含宏的 .xlsx 后上传。",
    "links": "表格里有外部链接、数据连接或嵌入的文件。没有读取，请把内容复制到样表里（选择性粘贴为数值）后上传。",
    "no_sheet": "表格里没有工作表。没有读取，请用样表填写后上传。",
    "no_rows": "第一个工作表里没有内容。没有读取，请把数据放在第一个工作表后上传。",
    "too_many_rows": f"数据超过 {workbook.MOST_ROWS:,} 行。没有读取，请拆成几个文件上传。",
    "damaged": "表格已损坏，无法打开。没有读取，请重新导出后上传。",
    "heavy": "表格过于复杂，未能在限定的时间和内存内读完。没有读取，请把内容复制到样表里后上传。",
    "unavailable": "系统暂时不能读取表格。没有读取，请过几分钟再上传。",
}


def read_workbook(upload, *, keeps_lines=False):
    """The cells of an uploaded workbook and its SHA-256; raises BadFile with the reason. See `workbook.shown`."""
    try:
        with TemporaryFile() as received:
            _receive(upload, received)
            scan(received)
            received.seek(0)
            digest = hashlib.file_digest(received, "sha256").hexdigest()
            received.seek(0)
            return _read(received, keeps_lines), digest
    except OSError:
        log.exception("an uploaded workbook could not be read")
        raise BadFile(REASONS["unavailable"]) from None


def _receive(upload, file):
    size = 0
    for chunk in upload.chunks():
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadFile(REASONS["too_big"])
        file.write(chunk)
    if not size:
        raise BadFile(REASONS["empty"])
    file.flush()


def _read(file, keeps_lines):
    command = [sys.executable, "-I", str(Path(workbook.__file__)), *(["lines"] if keeps_lines else [])]
    try:
        done = subprocess.run(
            command,
            stdin=file,
            capture_output=True,
            timeout=PATIENCE,
            env={},
            cwd="/",
            start_new_session=True,
            check=False,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):  # killed by a limit, it says nothing
        raise BadFile(REASONS["heavy"]) from None
    if "rows" not in answer:
        raise BadFile(REASONS[answer["unfit"]])
    return answer["rows"]
