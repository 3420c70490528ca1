"""The criteria as reference data. A rubric once loaded is never changed: another version is another code."""

import json
from pathlib import Path

from django.db import transaction

from .models import Rubric

SHELF = Path(__file__).parent / "data"


class BadRubric(Exception):
    """The file does not add up; nothing was loaded."""


def load_rubrics():
    """Every rubric file of the shelf; those already there stay as they are."""
    return "；".join(load_rubric(path) for path in sorted(SHELF.glob("*.json")))


@transaction.atomic
def load_rubric(path):
    """One rubric file, whole or not at all. Refused when items, categories and the full score do not add up."""
    data = json.loads(path.read_text("utf-8"))
    _refuse_bad_sums(data)
    rubric, created = Rubric.objects.get_or_create(
        code=data["code"],
        defaults={
            "title": data["title"],
            "total": data["total"],
            "step": data["step_percent"],
            "bands": data["bands"],
            "band_descriptions": data["band_descriptions"],
            "note": data["note"],
        },
    )
    if created:
        for row in data["categories"]:
            category = rubric.categories.create(code=row["code"], title=row["title"], kind=row["kind"])
            for item in row["items"]:
                category.items.create(code=item["code"], title=item["title"], points=item["points"])
    items = sum(len(row["items"]) for row in data["categories"])
    return f"{data['title']}：{len(data['categories'])} 个类目、{items} 个评分项、{data['total']} 分"


def _refuse_bad_sums(data):
    for row in data["categories"]:
        if sum(item["points"] for item in row["items"]) != row["points"]:
            raise BadRubric(f"{data['code']} {row['code']} 各项之和不等于类目分值，没有导入。")
    if sum(row["points"] for row in data["categories"]) != data["total"]:
        raise BadRubric(f"{data['code']} 各类目之和不等于总分 {data['total']}，没有导入。")
    codes = [item["code"] for row in data["categories"] for item in row["items"]]
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        raise BadRubric(f"{data['code']} 的评分项条款重复：{'、'.join(doubled)}，没有导入。")
