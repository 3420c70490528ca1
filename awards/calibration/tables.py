"""The calibration as tables of text, for export. Pure."""


def _points(value):
    return "" if value is None else f"{value:.2f}"


def experts(calibration):
    """One row an expert."""
    header = ["专家", "组别", "评分表数", "宽严（分）", "区间下限", "区间上限", "判断"]
    header += ["离散（标准差）", "区间下限", "区间上限"]
    rows = [
        [
            calibration.names.get(s.expert, ""),
            s.group + 1,
            s.sheets,
            *map(_points, (s.value, s.low, s.high)),
            verdict(s),
            *map(_points, (s.spread, s.spread_low, s.spread_high)),
        ]
        for s in calibration.model.severities
    ]
    return header, rows


def verdict(severity):
    """In words, what the interval says."""
    if not severity.is_apart:
        return "未见明显差异"
    return "偏严" if severity.value < 0 else "偏宽"


def items(calibration):
    """One row an item."""
    rows = [[item.code, item.title, "" if alpha is None else f"{alpha:.3f}"] for item, alpha in calibration.items]
    return ["评分项", "名称", "Krippendorff α"], rows


def cases(calibration):
    """One row a case that would move."""
    header = ["申报编号", "申报单位", "得分", "名次", "扣除宽严后的得分", "扣除宽严后的名次", "是否越过入围线"]
    rows = [
        [c.number, c.organisation, c.score, c.place, c.adjusted, c.adjusted_place, "是" if c.crosses else "否"]
        for c in calibration.changes
    ]
    return header, rows


TABLES = {"experts": ("专家", experts), "items": ("评分项", items), "cases": ("名次变化", cases)}
