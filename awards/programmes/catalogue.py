"""The papers an edition asks for: what each line of its catalogue says. Pure; the lines themselves are rows."""

import json
from dataclasses import dataclass
from pathlib import Path

from enterprises.files.kinds import KINDS, words

SAMPLE_KINDS = ("docx", "xlsx", "pdf")  # what the form for a paper may be
DEFAULT = Path(__file__).parent / "data" / "default_catalogue.json"


@dataclass(frozen=True)
class DocumentKind:
    """One line of the catalogue. `formats` are keys of `enterprises.files.kinds`, parted by commas."""

    key: str
    label: str
    hint: str = ""
    formats: str = "pdf"
    max_megabytes: int = 20
    max_pages: int = 500
    is_stamped: bool = False
    takes_many: bool = True
    is_required: bool = True

    @classmethod
    def of(cls, row: dict) -> "DocumentKind":
        """The line that a row says, whatever else stands in the row."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})

    @property
    def accepted(self) -> tuple[str, ...]:
        """The kinds of file taken here."""
        return tuple(self.formats.split(","))

    @property
    def formats_said(self) -> str:
        """The kinds of file taken here, as people call them."""
        return words(self.accepted)


def default_catalogue() -> list[DocumentKind]:
    """The papers an edition asks for before staff settle them, in order."""
    return [DocumentKind(**row) for row in json.loads(DEFAULT.read_text("utf-8"))]


def problems_of(line: DocumentKind) -> list[tuple[str, str]]:
    """What is wrong with a line, as (field, sentence)."""
    found = []
    if not line.label.strip():
        found.append(("label", "请填写材料名称。没有保存。"))
    if unknown := [key for key in line.accepted if key not in KINDS]:
        found.append(("formats", f"系统不认识格式“{'、'.join(unknown)}”，可用的有：{'、'.join(KINDS)}。没有保存。"))
    if not 1 <= line.max_megabytes <= 100:
        found.append(("max_megabytes", "单个文件大小应在 1 到 100 MB 之间。没有保存。"))
    if not 1 <= line.max_pages <= 2000:
        found.append(("max_pages", "单个文件页数应在 1 到 2000 页之间。没有保存。"))
    return found
