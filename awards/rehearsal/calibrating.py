"""What the rehearsal does with its scores beside ranking them: one account on paper, and the calibration."""

from awards.calibration.queries import calibrated
from awards.decisions.paper_actions import request_paper
from awards.decisions.queries import recomputed


def look_closer(season):
    """The first place's account is drawn, the ranking is computed again, and the calibration is told in a line."""
    first = season.ranking.rows[0]
    request_paper(season.ranking, by=season.users["secretariat"], application=first["application"])
    again = "不一致" if recomputed(season.ranking) else "一致"
    season.voice.say(f"从各项评分重算{again}；评分校准：{_told(calibrated(season.edition))}")


def _told(calibration):
    model, agreed = calibration.model, calibration.agreement
    if model.shortage or agreed is None:
        return model.shortage or "各份总分没有差别。"
    apart = sum(severity.is_apart for severity in model.severities)
    return (
        f"{len(model.severities)} 名专家中 {apart} 名明显偏严或偏宽，总分一致性 ICC {agreed.single:.2f}，"
        f"扣除宽严后 {len(calibration.changes)} 家名次会改变，只供研判"
    )
