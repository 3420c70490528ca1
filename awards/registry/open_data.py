"""The register as open data: which fields there are, what each says, and a record as these fields. Pure.

`VERSION` rises by 1 in front for a field that goes or changes its meaning, behind the point for one that is added.
"""

from dataclasses import dataclass

VERSION = "1.0"
LICENCE = "可以自由使用、转载，须注明来源和取得日期；不得改动后仍以本名录名义发布。本说明待主管部门确认。"
SOURCE = "佛山市政府质量奖门户获奖名录：本平台授予的荣誉来自市政府批准文件，其余来自每条记录注明的公开来源"
TEXT, NUMBER, DAY = "string", "integer", "date"


@dataclass(frozen=True)
class Field:
    """One field: its name in JSON, its heading in CSV, its type, what it says; `may_be_empty` is null in JSON."""

    key: str
    heading: str
    kind: str
    says: str
    may_be_empty: bool = False


FIELDS = [
    Field("id", "编号", NUMBER, "记录的编号，不会改变，也不会再用"),
    Field("honour", "荣誉", TEXT, "荣誉的名称"),
    Field("level", "级别", TEXT, "市级、省级、国家级"),
    Field("year", "年度", NUMBER, "授奖的年度"),
    Field("organisation", "获奖单位", TEXT, "授奖时的登记名称，不随更名改变"),
    Field("present_name", "现名", TEXT, "单位现在的登记名称，没有更名或者未在平台登记的为空", may_be_empty=True),
    Field("district", "所在区", TEXT, "单位现在登记的所在区，未在平台登记的为空", may_be_empty=True),
    Field("announced_on", "公布日期", DAY, "公布的日期，查不到的为空", may_be_empty=True),
    Field("reported_amount", "公开报道的奖励（元）", TEXT, "公开报道的奖励金额，两位小数", may_be_empty=True),
    Field("source", "来源", TEXT, "记录的来源"),
    Field("note", "说明", TEXT, "名称、名单完整程度等说明", may_be_empty=True),
    Field("certificate", "证书编号", TEXT, "本平台签发的证书编号", may_be_empty=True),
    Field("status", "状态", TEXT, "有效、已撤销、公开记录（不是本平台授予的）、演练（撤销与否见撤销日期）"),
    Field("revoked_on", "撤销日期", DAY, "撤销的日期", may_be_empty=True),
    Field("revoked_because", "撤销原因", TEXT, "公开的撤销原因", may_be_empty=True),
]
STATUSES = ["有效", "已撤销", "公开记录", "演练"]


def record_of(honour) -> dict:
    """One honour as these fields; nothing in it is about a person."""
    holder, certificate = honour.organisation, getattr(honour, "certificate", None)
    is_renamed = holder is not None and holder.name != honour.organisation_name
    return {
        "id": honour.pk,
        "honour": honour.kind.name,
        "level": honour.kind.get_level_display(),
        "year": honour.year,
        "organisation": honour.organisation_name,
        "present_name": holder.name if is_renamed else None,
        "district": holder.get_district_code_display() if holder else None,
        "announced_on": honour.announced_on.isoformat() if honour.announced_on else None,
        "reported_amount": f"{honour.reported_amount:.2f}" if honour.reported_amount is not None else None,
        "source": honour.source,
        "note": honour.note or None,
        "certificate": certificate.number if certificate and certificate.is_drawn else None,
        "status": status_of(honour),
        "revoked_on": honour.revoked_on.isoformat() if honour.revoked_on else None,
        "revoked_because": honour.revoked_because or None,
    }


def status_of(honour) -> str:
    """Only what this portal has granted is called valid; older records are what was published."""
    if honour.is_rehearsal:
        return "演练"
    if honour.revoked_on:
        return "已撤销"
    return "有效" if honour.resolution_id else "公开记录"


def schema(address: str) -> dict:
    """The JSON Schema of the file, at its address."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": "获奖名录",
        "type": "object",
        "required": ["schema", "version", "licence", "source", "count", "records", "gaps"],
        "properties": {
            "schema": {"const": address},
            "version": {"const": VERSION},
            "licence": {"type": "string"},
            "source": {"type": "string"},
            "count": {"type": "integer", "minimum": 0},
            "records": {"type": "array", "items": _record_schema()},
            "gaps": {"type": "array", "items": {"type": "string"}, "description": "名录中已知的空缺"},
        },
        "additionalProperties": False,
    }


def _record_schema():
    return {
        "type": "object",
        "required": [field.key for field in FIELDS],
        "properties": {field.key: _field_schema(field) for field in FIELDS},
        "additionalProperties": False,
    }


def _field_schema(field):
    kind = "integer" if field.kind == NUMBER else "string"
    described = {
        "type": [kind, "null"] if field.may_be_empty else kind,
        "description": f"{field.heading}：{field.says}",
    }
    if field.kind == DAY:
        described["format"] = "date"
    if field.key == "status":
        described["enum"] = STATUSES
    return described
