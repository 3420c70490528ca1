"""One whole edition with an invented cast, through the same actions and tasks as the pages, in simulated time.

Each method is one stage of the process; `Season.run` calls them in order. The calendar below is the
only timetable: (month, day, hour) in the rehearsed year.
"""

import json
import random
import time
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.timezone import make_aware

from awards.applications import actions as applying
from awards.applications import screening_actions as screening
from awards.applications.models import Outcome
from awards.applications.sections import DOCUMENTS
from awards.certificates import actions as certifying
from awards.certificates.models import Certificate
from awards.decisions import actions as deciding
from awards.letters import actions as lettering
from awards.models import Application, Assignment, Edition, Programme, Rubric
from awards.programmes import actions as calling
from awards.programmes.models import CalendarDay
from awards.reviews import actions as reviewing
from awards.rubric.loading import SHELF
from awards.subsidies import actions as entitling
from awards.subsidies.policies import actions as ruling
from awards.workflow import Refused
from enterprises.memberships import actions as inviting
from enterprises.models import RoleGrant, User
from enterprises.organisations import actions as registering
from enterprises.people import actions as appointing
from foshan_quality.lib import clock
from foshan_quality.lib.money import in_words
from foshan_quality.permissions import Role

from . import (
    books,
    calibrating,
    cast,
    certificates,
    committee,
    marking,
    panels,
    papers,
    paying,
    phases,
    publicity,
    reconciling,
    revoking,
    settling,
    sheets,
    supplement,
)

RUBRIC = "gbt19580-2012"
PROGRAMME = "FSZLJ"
SPECIAL = Decimal("10000000.00")
FUND = Decimal("22000000.00")
LAST_DAY = (11, 20)  # by then a season is over, what is settled after the last answer too
SECONDS = {
    "district": Role.DISTRICT_OFFICER,
    "secretariat_second": Role.SECRETARIAT,
    "finance_checker_second": Role.FINANCE_CHECKER,
}  # officers of the cast whose key is not their role

DAYS = {
    "appoint": (1, 8, 9),
    "prepare": (1, 12, 9),
    "publish": (2, 25, 9),
    "open": (3, 2, 9),
    "apply": (4, 10, 9),
    "screen": (4, 20, 9),
    "correct": (4, 23, 14),
    "close": (4, 30, 18),
    "review": (5, 6, 9),
    "score": (5, 11, 9),
    "rank": (6, 8, 9),
    "vote": (7, 8, 9),
    "notice": (9, 28, 9),  # the working days run on across the holiday of October
    "objection": (9, 30, 10),
    "finding": (10, 10, 10),
    "resolve": (10, 13, 9),
    "certify": (10, 14, 9),
    "again": (10, 14, 14),
    "notice_again": (10, 15, 9),
    "cleared": (10, 16, 15),
    "supplement": (10, 24, 9),
    "higher": (10, 26, 9),
    "account": (10, 26, 10),
    "entitle": (10, 27, 9),
    "pay": (10, 28, 9),
    "answer": (11, 2, 9),
}


class Stuck(Exception):
    """A task did not finish in time; the rehearsal stops where it is."""


def rehearsed_year(today: date) -> int:
    """The newest year whose season lies in the past and whose working days are known."""
    year = today.year if (today.month, today.day) > LAST_DAY else today.year - 1
    return min(year, CalendarDay.objects.latest("day").day.year)


class Season:
    """A rehearsal: everybody in it and how far it has come."""

    def __init__(self, *, seed, voice, firms=24):
        self.seed, self.voice, self.firms = seed, voice, firms
        self.serial = Edition.objects.filter(is_rehearsal=True).count() + 1
        self.year = rehearsed_year(clock.today())
        self.dice = random.Random(f"{seed}-{self.serial}-season")
        self.rubric = json.loads((SHELF / f"{RUBRIC}.json").read_text("utf-8"))
        self.items = [item for category in self.rubric["categories"] for item in category["items"]]
        self.enterprises = cast.enterprises(
            seed=seed, serial=self.serial, year=self.year, rubric=self.rubric, count=firms
        )
        self.users, self.organisations = {}, {}

    def run(self):
        """Every stage in order; an exception stops the rehearsal where it is."""
        for stage in (
            self.appoint,
            self.call,
            self.apply,
            self.screen,
            self.assign,
            self.score,
            lambda: phases.agree(self),
            self.rank,
            lambda: phases.visit(self),
            lambda: phases.hear(self),
            lambda: committee.vote(self),
            lambda: publicity.publicise(self),
            self.approve,
            self.certify,
            lambda: committee.vote_again(self),
            lambda: publicity.publicise_again(self),
            lambda: phases.feed_back(self),
            lambda: supplement.approve(self),
            lambda: certificates.reissue(self),
            self.entitle,
            lambda: settling.arrange(self),
            lambda: paying.pay(self),
            lambda: settling.settle(self),
            lambda: revoking.revoke(self),
            lambda: books.close(self),
            lambda: reconciling.compare(self),
        ):
            stage()

    # --- helpers ----------------------------------------------------------------------------------
    def moment(self, name, **shift):
        month, day, hour = DAYS[name]
        return make_aware(datetime(self.year, month, day, hour)) + timedelta(**shift)

    def at(self, name, **shift):
        return clock.at(self.moment(name, **shift))

    def stage(self, name, title):
        self.voice.stage(self.moment(name), title)

    def account(self, person):
        """The account of somebody of the cast, opened at first use."""
        if person.email not in self.users:
            self.users[person.email] = User.objects.create_user(person.email, name=person.name, phone=person.phone)
        return self.users[person.email]

    def owner(self, application):
        return self.account(self.firm_of[application.organisation_id].owner)

    # --- stages -----------------------------------------------------------------------------------
    def appoint(self):
        """Officers, experts and committee. The last committee's and panel's terms end with their edition."""
        self.stage("appoint", "任命：秘书处、专家、评委会、财务、三员")
        officers = cast.officers(seed=self.seed, serial=self.serial)
        experts = cast.experts(seed=self.seed, serial=self.serial, employed_by=self.enterprises[0].name)
        people = cast.committee(seed=self.seed, serial=self.serial)
        with self.at("appoint"):
            self.security = self._security_officer(officers["security_officer"])
            self._end_former_terms()
            for key, person in officers.items():
                self._grant_office(key, person)
            self.members = [self._grant(person, Role.COMMITTEE) for person in people]
            committee.appoint(self, people)
            self.experts = [self._grant(person, Role.EXPERT) for person in experts]
            panels.fill_pool(self, experts)
        self.voice.say(f"评委会 {len(self.members)} 人，专家 {len(self.experts)} 人")

    def _security_officer(self, person):
        first = RoleGrant.objects.filter(role=Role.SECURITY_OFFICER, ended_at=None).select_related("user").first()
        if first:
            return first.user
        user = self.account(person)
        appointing.appoint_first_security_officer(user)
        return user

    def _end_former_terms(self):
        former = RoleGrant.objects.filter(role__in=[Role.COMMITTEE, Role.EXPERT], ended_at=None)
        for grant in former:
            appointing.end_role(grant, by=self.security, reason="上一届任期届满")

    def _grant_office(self, key, person):
        role, _, district = key.partition("_4406")
        role = SECONDS.get(role, role)
        if role == Role.SECURITY_OFFICER:
            self.users[key] = self.security
            return
        self.users[key] = self._grant(person, role, f"4406{district}" if district else "")

    def _grant(self, person, role, district_code=""):
        user = self.account(person)
        appointing.grant_role(user, by=self.security, role=role, district_code=district_code)
        return user

    def call(self):
        self.stage("prepare", "启动：筹备、报批、发布公告、开放申报")
        by = self.users["secretariat"]
        with self.at("prepare"):
            edition = calling.prepare(
                by=by,
                programme=Programme.objects.get(code=PROGRAMME),
                year=self.year,
                rubric=Rubric.objects.get(code=RUBRIC),
                opens_at=self.moment("open"),
                closes_at=self.moment("close"),
                settings=panels.settle(phases.rehearsed_settings(self.year)),
                is_rehearsal=True,
            )
            try:
                calling.publish(edition, by=by, approval_number="", approved_on=None)
            except Refused as refusal:
                self.voice.say(f"未经批准不能发布：{refusal.problems[0]}")
        with self.at("publish"):
            number = f"演评办〔{self.year}〕{self.serial}号"
            calling.publish(edition, by=by, approval_number=number, approved_on=date(self.year, 2, 20))
        with self.at("open"):
            self.edition = calling.open_call(edition, by=by)
            panels.invite(self)
        self.voice.say(f"{self.edition}，名额不超过 {self.edition.settled['quota']} 家，批准文号 {number}")

    def apply(self):
        self.stage("apply", f"申报：{len(self.enterprises)} 家企业登记、填报、上传、提交")
        self.firm_of = {}
        for turn, firm in enumerate(self.voice.progress("申报", self.enterprises)):
            with self.at("apply", minutes=20 * turn):
                self._apply_one(firm)

    def _apply_one(self, firm):
        owner, colleague = self.account(firm.owner), self.account(firm.colleague)
        draft = self.open_draft(firm)
        applying.save_answers(draft, by=owner, texts=firm.profile)
        applying.save_answers(draft, by=colleague, texts=firm.answers)
        applying.save_indicators(draft, by=colleague, figures=self.figures_of(firm))
        for kind in DOCUMENTS:
            if kind.is_required:
                content = papers.document_pdf(kind, firm, year=self.year)
                upload = SimpleUploadedFile(f"{kind.label}.pdf", content, "application/pdf")
                applying.add_document(draft, by=colleague, kind=kind.key, upload=upload)
        applying.submit(draft, by=owner)

    def open_draft(self, firm):
        """Register an enterprise with its two people and begin its application."""
        owner = self.account(firm.owner)
        organisation = registering.register(
            by=owner,
            credit_code=firm.credit_code,
            name=firm.name,
            district_code=firm.district_code,
            industry=firm.industry,
            size=firm.size,
            registered_on=firm.registered_on,
            legal_representative=firm.legal_representative,
            address=firm.address,
        )
        self.firm_of[organisation.pk] = firm
        colleague = self.account(firm.colleague)
        with transaction.atomic():  # answered before the mail would go out: there is no mailbox to send it to
            invitation = inviting.invite(organisation, by=owner, email=colleague.email, role="editor")
            inviting.accept(invitation, by=colleague)
        return applying.start(self.edition, by=owner, organisation=organisation)

    def figures_of(self, firm):
        """The enterprise's indicators in the shape the form gives them."""
        return {
            (key, year): (value, "" if value is not None else firm.not_applicable[key])
            for year, values in firm.indicators.items()
            for key, value in values.items()
        }

    def screen(self):
        self.stage("screen", "资格审查：受理、退回补正、不予受理")
        applications = list(Application.objects.filter(edition=self.edition).order_by("number"))
        returned, refused = applications[1], applications[2]
        points = [{"place": "overview", "text": "未写明组织面临的挑战，请补充。"}]
        with self.at("screen"):
            self._decide(returned, Outcome.RETURNED, reason="组织概述不完整。", points=points)
            self._decide(
                refused,
                Outcome.REFUSED,
                reason="申报材料与登记信息不一致，经核实不符合申报条件。",
                basis="申报条件（演练）",
            )
            for application in applications:
                if application not in (returned, refused):
                    self._decide(application, Outcome.ACCEPTED)
        self._correct(returned)
        with self.at("review"):
            self.edition = calling.start_review(self.edition, by=self.users["secretariat"])
        self.voice.say(f"受理 {self.edition.applications.in_review().count()} 家，补正后受理 1 家，不予受理 1 家")

    def _decide(self, application, outcome, **finding):
        """One person of the secretariat proposes, the other confirms."""
        first, second = self.users["secretariat"], self.users["secretariat_second"]
        proposal = screening.propose(application, by=first, outcome=outcome, **finding)
        screening.confirm(application, by=second, proposal=proposal.pk)
        lettering.call_for_letters(application)

    def _correct(self, application):
        owner, firm = self.owner(application), self.firm_of[application.organisation_id]
        with self.at("correct"):
            text = firm.profile["overview"] + "当前面临的主要挑战是原材料价格波动和高技能人才短缺。"
            applying.save_answers(application, by=owner, texts={"overview": text})
            applying.submit(application, by=owner)
            self._decide(application, Outcome.ACCEPTED)

    def assign(self):
        self.stage("review", "专家：签承诺、声明利害关系；机器提出评审组方案，一次生效；专家中途申报利害关系")
        with self.at("review"):
            panels.bind(self)
            panels.assign(self)

    def score(self):
        self.stage("score", "独立评审：逐项评分，互不可见")
        severity = {expert.pk: self.dice.uniform(-0.8, 0.8) for expert in self.experts}
        sitting = Assignment.objects.sitting().filter(application__edition=self.edition)
        assignments = list(sitting.select_related("application__organisation", "expert").order_by("pk"))
        for turn, assignment in enumerate(self.voice.progress("评分", assignments)):
            with self.at("score", days=turn // 8, hours=turn % 8):
                self._score_one(assignment, severity[assignment.expert_id])
        sheets.drill(self)

    def _score_one(self, assignment, severity):
        firm, expert = self.firm_of[assignment.application.organisation_id], assignment.expert
        given = marking.percentages(
            enterprise_calibre=firm.calibre,
            expert_severity=severity,
            items=self.items,
            seed=f"{self.seed}-{self.serial}-{assignment.application.number}-{expert.email}",
        )
        marks = {i["code"]: (given[i["code"]], *marking.comments(i, given[i["code"]], self.dice)) for i in self.items}
        reviewing.declare_free(assignment, by=expert)
        sheets.enter(assignment, marks)
        reviewing.submit_sheet(assignment, by=expert)

    def rank(self):
        self.stage("rank", "排名与入围")
        with self.at("rank"):
            self.ranking = deciding.make_ranking(self.edition, by=self.users["secretariat"])
            calibrating.look_closer(self)
            deciding.shortlist(self.ranking, by=self.users["secretariat"])
        above = [row for row in self.ranking.rows if row["above_line"]]
        self.voice.say(f"入围 {len(above)} 家，第一名均分 {above[0]['mean']}，线上最后一名 {above[-1]['mean']}")

    def approve(self):
        self.stage("resolve", "市政府批准")
        with self.at("resolve"):
            self.resolution = revoking.approve(self, number=f"演府〔{self.year}〕{self.serial}号")
        self.honours = list(self.resolution.honours.select_related("organisation").order_by("application__number"))
        waiting = "".join(f"；{row['name']}因异议核查暂缓审定" for row in self.resolution.waiting)
        self.voice.say(f"{self.resolution.number}：{len(self.honours)} 家获奖{waiting}")

    def certify(self, on="certify"):
        self.stage(on, "签发证书：后台任务生成 PDF")
        with self.at(on):
            issued = certifying.issue(self.edition, by=self.users["secretariat"])
        queued = Certificate.objects.filter(edition=self.edition, state=Certificate.State.QUEUED)
        self._watch("证书", queued, len(issued))
        failed = Certificate.objects.filter(edition=self.edition, state=Certificate.State.PARKED).first()
        if failed:
            raise Stuck(f"证书 {failed.number} 未能生成：{failed.problem}")

    def entitle(self):
        self.stage("entitle", "奖补资格：按标准与专项")
        by = self.users["finance_maker"]
        with self.at("higher"):
            special = revoking.higher_honour(self, self.honours[0].organisation)
        with self.at("entitle"):
            self.budget = entitling.open_budget(
                by=by,
                fund=f"质量奖励资金（演练{self.serial}）",
                year=self.year,
                total=FUND,
                document=f"演财〔{self.year}〕{self.serial}号",
            )
            until, document = date(self.year + 1, 12, 31), f"演财〔{self.year}〕{self.serial}号：两年内使用"
            ruling.carry_over(self.budget, by=by, until=until, document=document)
            ready = [entitling.entitle(honour, by=by) for honour in self.honours]
            asked = entitling.entitle(
                special,
                by=by,
                amount=SPECIAL,
                document=f"演府专〔{self.year}〕{self.serial}号",
                reason="首获中国质量奖，市政府一次性专项奖励（演练）。",
            )
            self.entitlements = [*ready, entitling.authorise(asked, by=self.users["leader"])]
        self.voice.say(f"按标准 {len(ready)} 笔；专项 1 笔 {SPECIAL:,} 元（{in_words(SPECIAL)}），经领导授权")

    def _watch(self, label, waiting, total, patience=300):
        """Wait until the workers have emptied a queue of rows."""
        end = time.monotonic() + patience
        for done in self.voice.progress(label, range(total)):
            while waiting.count() > total - done - 1:
                if time.monotonic() > end:
                    raise Stuck(f"{label}：{patience} 秒内没有完成，请查看后台任务日志。")
                time.sleep(0.1)
