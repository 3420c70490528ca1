"""The later phases of the rehearsed review: panels agree, teams visit the shortlisted, applicants get feedback."""

from datetime import timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from awards.consensus import actions as agreeing
from awards.consensus.judgement import rounded
from awards.consensus.queries import ready_cases, talked_of
from awards.decisions import actions as ranking
from awards.experts.queries import is_cleared, known_conflicts
from awards.feedback import actions as telling
from awards.hearings import actions as hearing
from awards.hearings.queries import score_of, seats_of
from awards.models import FeedbackReport
from awards.programmes.phase_rules import Kind
from awards.programmes.queries import default_settings
from awards.reviews import phase_actions as phasing
from awards.reviews.phase_queries import submitted_panel
from awards.site_visits import actions as visiting
from awards.site_visits.queries import marks_before, visitable_cases
from foshan_quality.lib import clock

SOURCE = "演练设定，不代表本市规定"
TALK = {"days": -1}  # before the ranking, after the drill in which sheets are given back
PLAN, VISIT = {"days": 3}, {"days": 14}  # after it
HEARD = {"days": 16}, {"days": 17}
RELEASE = (8, 25)
STEP = 10  # points of percentage by which a visit moves an item


def rehearsed_settings(year):
    """The default rules, with all phases of the review, a day for the feedback, and another vote on freed places."""
    month, day = RELEASE
    values = {
        "phases": "独立评审 40、合议评审 20、现场评审 20、陈述答辩 20",
        "feedback_on": f"{year}-{month:02}-{day:02}",
        "another_vote": "是",
    }
    return default_settings() | {key: (value, SOURCE, "", False) for key, value in values.items()}


def agree(season):
    """Every panel talks over what it does not agree on, and closes; one member dissents."""
    season.stage("rank", "合议评审：分歧大的评分项讨论后确定")
    by = season.users["secretariat"]
    discussed = 0
    with season.at("rank", **TALK):
        phasing.close_phase(season.edition.phases.get(kind=Kind.INDEPENDENT), by=by)
        phasing.open_phase(season.edition.phases.get(kind=Kind.CONSENSUS), by=by)
        for application in list(ready_cases(by).filter(edition=season.edition)):
            discussed += _agree_on(application, by, is_first=not discussed)
        phasing.close_phase(season.edition.phases.get(kind=Kind.CONSENSUS), by=by)
    season.voice.say(f"各组讨论 {discussed} 项，各专家的评分保持原样")


def _agree_on(application, by, *, is_first):
    consensus, seats = agreeing.begin(application, by=by), submitted_panel(application)
    head = next(seat.expert for seat in seats if seat.is_head)
    wide = [item for item in talked_of(consensus, seats).values() if item.is_wide]
    items = {item.code: (rounded(item.marks, item.step), "核对申报书与附件后取中间意见。") for item in wide}
    version = agreeing.save_items(consensus, by=head, items=items, version=0).version if items else 0
    agreeing.close(consensus, by=head, version=version)
    for turn, seat in enumerate(seat for seat in seats if not seat.is_head):
        dissents = is_first and turn == 0
        note = "建议对结果类目的对比数据再从严把握。" if dissents else ""
        agreeing.answer(consensus, by=seat.expert, agrees=not dissents, note=note)
    return len(wide)


def visit(season):
    """Each shortlisted firm is told when, confirms, is visited; what was seen moves one item."""
    season.stage("vote", "现场评审：计划、证据、首末次会议、改评")
    by = season.users["secretariat"]
    phase = season.edition.phases.get(kind=Kind.SITE_VISIT)
    with season.at("rank", **PLAN):
        phasing.open_phase(phase, by=by)
        visits = [_plan(season, case, by) for case in visitable_cases().filter(edition=season.edition)]
    with season.at("rank", **VISIT):
        for turn, planned in enumerate(season.voice.progress("现场评审", visits)):
            _go(planned, photo=_photo() if turn == 0 else None)
        phasing.close_phase(phase, by=by)
    season.voice.say(f"现场评审 {len(visits)} 家")


def hear(season):
    """The shortlisted are heard in an order drawn by lot; every expert of the panel marks; all phases are added up."""
    season.stage("vote", "陈述答辩：抽签、告知、评分；综合评价")
    by = season.users["secretariat"]
    mornings = [season.moment("rank", **day) for day in HEARD]
    half_days = [(morning, timedelta(hours=after)) for morning in mornings for after in (0, 5)]
    sessions = [(morning + after, morning + after + timedelta(hours=4)) for morning, after in half_days]
    phase = season.edition.phases.get(kind=Kind.HEARING)
    with season.at("rank", **VISIT):
        phasing.open_phase(phase, by=by)
        called = hearing.call(by=by, edition=season.edition, sessions=sessions, place="演练会议室")
        hearing.tell(called, by=by)
    with season.at("rank", **HEARD[-1]):
        cases = list(called.cases.select_related("application").order_by("application__number"))
        for place, case in enumerate(cases):  # not by turn: the draw is another one in each rehearsal
            for turn, seat in enumerate(seats_of(case)):
                given = {"percentage": 60 + 5 * ((place + turn) % 5), "words": "陈述切题，对追问的数据回答具体。"}
                hearing.submit_mark(case, by=seat.expert, **given)
        phasing.close_phase(phase, by=by)
        overall = ranking.make_overall_ranking(season.edition, by=by)
    best = overall.rows[0]
    parts = " + ".join(f"{part['weight']} × {part['mean']}" for part in best["parts"])
    season.voice.say(f"答辩 {len(cases)} 家，最高 {max(map(score_of, cases))}；综合评价第一名 {parts} = {best['mean']}")


def _plan(season, application, by):
    day = season.moment("rank", **VISIT).date()
    planned = visiting.plan(
        application,
        by=by,
        first_day=day,
        last_day=day,
        place=application.organisation.address,
        agenda="首次会议；高层访谈；查看现场和记录；末次会议。",
    )
    team = [seat.expert for seat in submitted_panel(application)][:2]
    spare = [
        expert
        for expert in season.experts
        if expert not in team
        and not application.assignments.filter(expert=expert).exists()
        and is_cleared(expert, season.edition)
        and not known_conflicts(expert.expert, application)
    ]
    team += spare[:1]
    visiting.set_team(planned, by=by, experts=team, head=team[0])
    visiting.tell(planned, by=by)
    for expert in team:
        visiting.join(planned, by=expert)
    return visiting.agree(planned, by=season.owner(application), version=planned.version)


def _go(planned, photo):
    head = planned.seats.get(is_head=True, left_at=None).expert
    said = {"attendance": "申报单位高层及各部门负责人；现场评审组全体。", "version": 0}
    held_at = clock.now()
    visiting.write_minutes(planned, by=head, kind="opening", held_at=held_at, text="说明来意、日程和纪律。", **said)
    before = marks_before(planned.application)
    item = next(code for code, percentage in before.items() if percentage + STEP <= 100)
    seen = "现场记录与申报书一致，实施范围比申报书所述更广。"
    visiting.add_evidence(planned, by=head, item=item, seen=seen, photo=photo)
    visiting.rescore(planned, by=head, item=item, percentage=before[item] + STEP, reason="现场证据表明展开更充分。")
    visiting.write_minutes(planned, by=head, kind="closing", held_at=held_at, text="通报现场所见，不通报评分。", **said)
    visiting.lock(planned, by=head)


def _photo():
    file = BytesIO()
    Image.new("RGB", (640, 480), "#8fa3b5").save(file, "JPEG")
    return SimpleUploadedFile("现场照片（演练）.jpg", file.getvalue(), "image/jpeg")


def feed_back(season):
    """What the experts wrote goes to every applicant reviewed, without marks or names, on the edition's day."""
    season.stage("certify", "反馈报告：组长修改、秘书处核准、按日发放")
    by = season.users["secretariat"]
    reports = FeedbackReport.objects.filter(application__edition=season.edition)
    with season.at("resolve", days=1):
        telling.draft_all(by=by, edition=season.edition)
        for report in reports.order_by("pk"):
            head = report.application.assignments.sitting().get(is_head=True).expert
            telling.hand_in(report, by=head)
            telling.approve(report, by=by)
    with season.at("certify", days=2):
        telling.release_all(by=by, edition=season.edition)
    season.voice.say(f"发放反馈报告 {reports.count()} 份")
