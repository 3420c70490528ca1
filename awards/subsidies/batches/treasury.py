"""The only file that talks to the paying side. Here: a folder of order files out and answer files in.

An order file is one batch, `out/<batch number>.csv` or `.xml`; its bytes are made by layouts.py and never change.
It lies whole in `ready/` first, then its digest is noted in `handed/`, and only then it moves to `out/`: where the note
stands and no file is ready it was handed over, though the treasury has long taken it away.
Answer files are `in/*.csv` and `in/*.xml`; one that was read moves to `in/done/`.
"""

import hashlib
import os
from pathlib import Path
from uuid import uuid4

from django.conf import settings


class Unavailable(Exception):
    """The paying side cannot be reached now; try again later."""


class Conflict(Exception):
    """Another file lies under this name; people have to look."""


def folder(name: str) -> Path:
    """A folder of the exchange, made when missing."""
    path = settings.TREASURY_ROOT / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def hand_over(name: str, content: bytes) -> str:
    """Put one order file there, whole or not at all; handing it over again changes nothing, even after the treasury
    has taken it away. Returns the receipt.

    Conflict when other bytes lie under the name.
    """
    try:
        path, ready = folder("out") / name, folder("ready") / name
        note = folder("handed") / f"{name}.{hashlib.sha256(content).hexdigest()}"
        if not _is_over(path, ready, note, content):
            _write(ready, content)
            _write(note, b"")
            _put(ready, path)
    except OSError as error:
        raise Unavailable(str(error)) from error
    return f"FILE-{name}"


def _is_over(path, ready, note, content):
    """Whether this content was handed over already, wherever the one who did was cut off."""
    if path.exists():
        if path.read_bytes() != content:
            raise Conflict(f"财政目录里已有内容不同的 {path.name}")
        return True
    return note.exists() and not ready.exists()


def _put(ready, path):
    ready.replace(path)


def _write(path, content):
    draft = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def answer_files() -> list[Path]:
    """Answer files not read yet, in order of name."""
    found = (path for path in folder("in").iterdir() if path.suffix.lower() in {".csv", ".xml"})
    return sorted(path for path in found if path.is_file())


def put_away(path: Path) -> None:
    """Move a read answer file aside; one of that name that lies there already is kept."""
    target = folder("in/done") / path.name
    if target.exists():
        target = target.with_stem(f"{path.stem}-{uuid4().hex[:8]}")
    path.replace(target)
