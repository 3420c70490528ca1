"""What the rehearsal does with its scores beside ranking them: one account on paper, and the calibration."""

from awards.calibration.queries import calibrated
from awards.decisions.paper_actions import request_paper
from awards.decisions.queries import recomputed


def look_closer(season):
    """The first place's account is drawn, the ranking is computed again, and the calibration is told in a line."""
    first = season.ranking.rows[0]
    request_paper(season.ranking, by=season.users["secretariat"], application=first["application"])
    calibration = calibrated(season.edition)
    model, agreed = calibration.model, calibration.agreement
    apart = sum(severity.is_apart for severity in model.severities)
    season.voice.say(
        f"重算{'一致' if not recomputed(season.ranking) else '不一致'}；"
        f"{len(model.severities)} 名专家中 {apart} 名明显偏严或偏宽，"
        f"总分一致性 ICC {agreed.single:.2f}，扣除宽严后 {len(calibration.changes)} 家名次会改变（只供研判）"
    )
