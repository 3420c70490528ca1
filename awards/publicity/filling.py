"""Texts with places to fill: what places there are, what they were filled with, what nobody knows. Pure."""

import re
from dataclasses import dataclass

PLACE = re.compile(r"\{([^{}\n]{1,20})\}")

EVERYWHERE = {
    "届次": "年度、届次和奖项名称",
    "奖项": "奖项名称",
    "年度": "年度",
    "家数": "名单中的单位数",
    "名额": "本届授奖名额上限",
    "依据": "评审管理办法及条款",
    "批准文号": "开展本届评选的批准文号",
    "受理单位": "秘书处所在部门",
    "联系电话": "受理单位的联系电话",
}
OF_NOTICES = EVERYWHERE | {
    "工作日数": "公示期工作日数",
    "起算": "“自发布当日”或“自发布次日”",
}
OF_PAPERS = EVERYWHERE | {
    "颁奖机关": "作出表彰决定的机关",
    "名单": "名单，每行一家，依次编号",
    "异议核查": "异议均已核查完毕，或者有几家正在核查、另行报批",
    "补充": "补充批准时为“补充”，首次批准时为空",
    "申报开始": "申报开始的日期",
    "申报截止": "申报截止的时间",
    "公示开始": "公示期第一天",
    "公示结束": "公示期最后一天",
}


class UnknownPlaces(Exception):
    """The text asks for what nobody can fill in, or has a brace without its other half."""

    def __init__(self, places):
        self.places = places
        named = "、".join(f"{{{place}}}" if place not in "{}" else f"“{place}”" for place in places)
        super().__init__(f"占位符不认识或不完整：{named}")


@dataclass(frozen=True)
class Filled:
    """A text with its places filled, and with what."""

    text: str
    values: dict[str, str]


def places_of(text: str) -> list[str]:
    """The places a text names, each once, in order."""
    return list(dict.fromkeys(PLACE.findall(text)))


def unknown_places(text: str, known) -> list[str]:
    """What is wrong with the places of a text: names nobody knows, and braces that stand alone."""
    strangers = [place for place in places_of(text) if place not in known]
    return strangers + sorted(set("{}") & set(PLACE.sub("", text)))


def fill(text: str, values) -> Filled:
    """Fill every place. Raises `UnknownPlaces` with all that cannot be filled; nothing is left standing."""
    if wrong := unknown_places(text, values):
        raise UnknownPlaces(wrong)
    used = {place: str(values[place]) for place in places_of(text)}
    return Filled(PLACE.sub(lambda found: used[found[1]], text), used)
