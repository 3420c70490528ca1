"""What the business register knows about an organisation. The only file that talks to the register.

`look_up` is the whole interface: a code in, known values by field name out. This one reads exported files
(setting REGISTER_FILE: a .csv or .json file, or a folder of them) with the columns in `COLUMNS`; a live
service would replace `_rows`. Without a setting, a file or an answer the person types everything by hand.
"""

import csv
import json
import logging
from datetime import date
from pathlib import Path

from django.conf import settings

from enterprises.districts import District
from foshan_quality.lib.identity import tidy_credit_code

from .models import Organisation

log = logging.getLogger(__name__)

CODE = "统一社会信用代码"


def _among(choices):
    """A reader of words that must be one of these choices, by label or by code."""
    codes = {label: code for code, label in choices} | {code: code for code, _label in choices}
    return codes.__getitem__


COLUMNS = {
    "单位名称": ("name", str),
    "所在区": ("district_code", _among(District.choices)),
    "所属行业": ("industry", str),
    "企业规模": ("size", _among(Organisation.Size.choices)),
    "成立日期": ("registered_on", date.fromisoformat),
    "法定代表人": ("legal_representative", str),
    "注册地址": ("address", str),
}


def look_up(code: str) -> dict:
    """The values the register gives for a tidy code, by the names of our fields; empty without an answer."""
    row = next((row for row in _rows() if tidy_credit_code(str(row.get(CODE) or "")) == code), None)
    return _values(row) if row and code else {}


def _values(row):
    """What of a row can be used; a value of the wrong kind, say a district elsewhere, is left out."""
    values = {}
    for column, (field, read) in COLUMNS.items():
        text = str(row.get(column) or "").strip()
        try:
            value = read(text) if text else None
        except (KeyError, ValueError):
            value = None
        if value is not None and value == _fitting(field, value):
            values[field] = value
    return values


def _fitting(field, value):
    """The value, cut to what our field can hold."""
    limit = Organisation._meta.get_field(field).max_length
    return value[:limit] if limit else value


def _rows():
    """Every row of the register's files. A file that cannot be read is logged, and gives none."""
    root = Path(settings.REGISTER_FILE) if settings.REGISTER_FILE else None
    if root is None or not root.exists():
        return
    for path in sorted(root.iterdir()) if root.is_dir() else [root]:
        read = READERS.get(path.suffix.lower())
        try:
            yield from read(path) if read else ()
        except (OSError, ValueError, csv.Error):
            log.exception("the register's file %s cannot be read", path.name)


def _csv_rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _json_rows(path):
    rows = json.loads(path.read_text(encoding="utf-8-sig"))
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


READERS = {".csv": _csv_rows, ".json": _json_rows}
