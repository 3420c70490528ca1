"""The rehearsed publicity: released by the clock across a holiday, an objection upheld and one still examined; then
the notice of whom another vote proposed."""

from datetime import timedelta

from awards.models import Application
from awards.process import State
from awards.publicity import actions as publicising
from awards.publicity import statement_actions as stating
from enterprises.models import User
from foshan_quality.lib import clock

SETTLED = {"days": -1, "hours": 6}  # the afternoon before the release
UPHELD = "反映该单位申报的主导产品在监督抽查中不合格。"
DISMISSED = "反映该单位某项荣誉证书已过有效期。"


def publicise(season):
    """Drawn up by one, settled by another, released by the clock; two objections, one upheld by two people, the other
    undecided when the list goes to the government."""
    season.stage("notice", "公示与异议")
    by, second = season.users["secretariat"], season.users["secretariat_second"]
    with season.at("notice", **SETTLED):
        draft = publicising.draft_notice(season.edition, by=by)
        settled = publicising.publish(draft, by=second, publish_at=season.moment("notice"))
    with season.at("notice"):
        season.notice = publicising.release(settled, by=User.objects.robot())
    listed = Application.objects.filter(edition=season.edition, state=State.PUBLICISED).order_by("-number")
    struck, cleared = listed[0], listed[1]
    with season.at("objection"):
        false = _object(season, cleared, DISMISSED)
        true = _object(season, struck, UPHELD)
        for objection in (false, true):
            asked = stating.ask_for_statement(
                objection,
                by=by,
                facts=objection.grounds.replace("反映该", "有异议反映贵").replace("。", "，请说明。"),
                due_on=(clock.now() + timedelta(days=2)).date(),
            )
            owner = asked.objection.application.organisation.memberships.get(role="owner").user
            stating.give_statement(asked, by=owner, answer="有关情况和材料已经核对，说明如上。")
    with season.at("finding"):
        publicising.propose_finding(true, by=by, outcome="upheld", finding="抽查结果属实，申报书没有如实填写。")
        publicising.uphold(true, by=second)
    season.undecided, notice = false, season.notice
    season.voice.say(
        f"公示 {notice.first_day} 至 {notice.last_day}（{notice.working_days} 个工作日），"
        "异议 2 件：1 件成立，该单位取消资格，空出 1 个名额，不递补；1 件继续核查，该单位暂缓"
    )


def publicise_again(season):
    """Whom the other vote proposed has a notice and a whole period of its own, beside an awarded edition."""
    season.stage("notice_again", "再次表决通过的单位：另行公示")
    with season.at("notice_again"):
        draft = publicising.draft_notice(season.edition, by=season.users["secretariat"])
        notice = publicising.publish(draft, by=season.users["secretariat_second"])
    season.notice_again = notice
    season.voice.say(f"公示 {notice.first_day} 至 {notice.last_day}（{notice.working_days} 个工作日），1 家")


def _object(season, application, grounds):
    said = {"objector": "某异议人（演练）", "contact": "演练联系方式", "grounds": grounds}
    return publicising.object_to(season.notice, application=application, **said)
