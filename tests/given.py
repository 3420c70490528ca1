"""What tests start from, built by walking the real actions. One cast, one standard edition.

`walk_to("publicised")` and its like return a `Season`: an edition with everybody who took part.
A builder marked `@kept` walks once a process, later its rows are put back in a hundredth of the time: call it
first in a test, and mark fixtures of your own that only build (`@pytest.fixture` above `@kept`); see tests/kept.py.
"""

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from zoneinfo import ZoneInfo

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile

from awards.applications import actions as applying
from awards.applications import screening_actions as screening
from awards.applications.models import Outcome
from awards.applications.queries import takes_two, years_of
from awards.applications.sections import DOCUMENTS, INDICATORS, PROFILE
from awards.certificates import actions as certifying
from awards.certificates.tasks import draw_certificate
from awards.decisions import actions as deciding
from awards.decisions import attendance_actions as attending
from awards.decisions import committee_actions as committee
from awards.decisions import meeting_actions as sitting
from awards.models import (
    Application,
    CreditFinding,
    Declaration,
    Document,
    Edition,
    Engagement,
    Expert,
    Honour,
    HonourKind,
    Item,
    Pledge,
    PledgeText,
    Programme,
    Rubric,
)
from awards.process import State
from awards.programmes import actions as calling
from awards.programmes.queries import default_settings
from awards.publicity import actions as publicising
from awards.publicity import statement_actions as stating
from awards.resolutions import actions as resolving
from awards.reviews import actions as reviewing
from awards.screening import actions as recommending
from awards.standing import actions as standing
from awards.subsidies import actions as paying
from awards.subsidies.batches import actions as batching
from awards.subsidies.tasks import send_batch
from enterprises.credit import actions as crediting
from enterprises.credit.kinds import Kind
from enterprises.districts import District
from enterprises.files.actions import queue_pages, store_pdf
from enterprises.models import BankAccount, Membership, Organisation, StoredFile, User
from enterprises.organisations import actions as registering
from foshan_quality.lib import clock
from foshan_quality.lib.identity import invented_credit_code
from foshan_quality.permissions import Relation, Role
from tests.kept import kept

SHANGHAI = ZoneInfo("Asia/Shanghai")
SPRING = datetime(2026, 3, 18, 10, 0, tzinfo=SHANGHAI)
OPENS, CLOSES = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI), datetime(2026, 4, 30, 18, 0, tzinfo=SHANGHAI)
REVIEW = datetime(2026, 5, 12, 9, 0, tzinfo=SHANGHAI)
VOTE = datetime(2026, 7, 8, 9, 0, tzinfo=SHANGHAI)
NOTICE = datetime(2026, 7, 13, 9, 0, tzinfo=SHANGHAI)  # a Monday: five days from the next end on the 20th
AFTER_NOTICE = datetime(2026, 7, 27, 9, 0, tzinfo=SHANGHAI)
PASSWORD = "correct-horse-battery"

_serial = count(1)


# --- people -------------------------------------------------------------------------------------------


def person(name="某人", *roles, district_code="", password=None):
    """Somebody with an account; granted roles directly, as the security officer would."""
    number = next(_serial)
    user = User.objects.create_user(f"person{number}@example.invalid", password, name=f"{name}{number}")
    for role in roles:
        code = district_code if role == Role.DISTRICT_OFFICER else ""
        user.role_grants.create(role=role, district_code=code)
    return user


def secretary(**kwargs):
    return person("秘书", Role.SECRETARIAT, **kwargs)


def district_officer(district=District.NANHAI, **kwargs):
    return person("区局", Role.DISTRICT_OFFICER, district_code=district, **kwargs)


def pooled(employer="某大学", *, fields="机械", district_code="", may_head=True, **kwargs):
    """An expert of the pool whom nobody has invited yet."""
    user = person("专家", Role.EXPERT, **kwargs)
    Expert.objects.create(
        user=user, employer=employer, title="教授", fields=fields, district_code=district_code, may_head=may_head
    )
    return user


def expert(employer="某大学", **kwargs):
    """An expert of the pool who may begin in every edition there is: invited, accepted, bound, declared."""
    user = pooled(employer, **kwargs)
    for edition in Edition.objects.all():
        engaged(user, edition)
    return user


def engaged(user, edition, *, days=100, is_bound=True):
    """The expert's season in an edition: accepted, and unless told otherwise with promise and declaration."""
    now = clock.now()
    engagement = Engagement.objects.create(
        edition=edition,
        expert=user.expert,
        state="accepted",
        invited_by=edition_secretary(),
        invited_at=now,
        answer_by=now + timedelta(days=7),
        answered_at=now,
        days=days,
    )
    if is_bound:
        text, _new = PledgeText.objects.get_or_create(
            edition=edition,
            version=1,
            defaults={"text": "本人承诺保密。", "set_at": now, "set_by": edition_secretary()},
        )
        Pledge.objects.create(engagement=engagement, text=text, signed_name=user.name, signed_at=now)
        Declaration.objects.create(engagement=engagement, shown=[], named=[], declared_at=now)
    return engagement


def edition_secretary():
    """Somebody of the secretariat who is there already, or a new one."""
    return User.objects.filter(role_grants__role=Role.SECRETARIAT).order_by("pk").first() or secretary()


def member(**kwargs):
    """A member of the committee: the role and a term that runs through all the years of the tests."""
    user = person("评委", Role.COMMITTEE, **kwargs)
    committee.appoint(by=edition_secretary(), member=user, from_on=date(2020, 1, 1), document="佛府函〔2020〕1号")
    return user


def maker(**kwargs):
    return person("经办", Role.FINANCE_MAKER, **kwargs)


def checker(**kwargs):
    return person("复核", Role.FINANCE_CHECKER, **kwargs)


def leader(**kwargs):
    return person("领导", Role.LEADER, **kwargs)


def auditor(**kwargs):
    return person("审计", Role.AUDITOR, **kwargs)


def system_officer(**kwargs):
    return person("系统", Role.SYSTEM_OFFICER, **kwargs)


def security_officer(**kwargs):
    return person("安全", Role.SECURITY_OFFICER, **kwargs)


# --- organisations ------------------------------------------------------------------------------------


def credit_code():
    """A checksum-valid code with region 000000, which no real organisation has."""
    return invented_credit_code("MA", next(_serial))


def organisation(name=None, *, district=District.NANHAI, owner=None, **fields):
    """A registered organisation with its owner."""
    owner = owner or person("负责人")
    facts = {
        "industry": "装备制造",
        "size": Organisation.Size.MEDIUM,
        "registered_on": date(2005, 6, 18),
        "legal_representative": "某代表",
        "address": "佛山市某路 1 号",
    } | fields
    name = name or f"佛山市试样{next(_serial)}号机械有限公司"
    code = facts.pop("credit_code", None) or credit_code()
    return registering.register(by=owner, credit_code=code, name=name, district_code=district, **facts)


def owner_of(organisation):
    return organisation.memberships.get(role=Relation.OWNER).user


def colleague_of(organisation, role=Relation.EDITOR, **kwargs):
    user = person("同事", **kwargs)
    Membership.objects.create(organisation=organisation, user=user, role=role)
    return user


def renamed(organisation, name="佛山市改名机械集团有限公司", changed_on=date(2026, 3, 1)):
    """Under its new name, with the scan that proves the change."""
    owner = owner_of(organisation)
    evidence = store_pdf(upload("核准变更登记通知书.pdf"), by=owner)
    return registering.rename(organisation, by=owner, name=name, changed_on=changed_on, evidence=evidence)


def bank_account(organisation, number=None):
    """The organisation's own account; the first one of a test has the number its masks and tails show."""
    number = number or ("6222000000001234" if not BankAccount.objects.exists() else f"6222{next(_serial):08d}1234")
    owner = owner_of(organisation)
    return registering.set_bank_account(
        organisation,
        by=owner,
        holder=organisation.name,
        bank="某银行佛山分行",
        number=number,
        proof=proof_of_account(owner),
    )


def proof_of_account(owner):
    return store_pdf(upload("开户信息.pdf"), by=owner)


# --- the call and the dossier -------------------------------------------------------------------------


def settings_with(**values):
    """The default rules, some values changed."""
    return {
        key: (values.get(key, value), document, article, confirmed)
        for key, (value, document, article, confirmed) in default_settings().items()
    }


def prepared_edition(*, by=None, year=2026, rubric="gbt19580-2012", **rules):
    return calling.prepare(
        by=by or secretary(),
        programme=Programme.objects.get(code="FSZLJ"),
        year=year,
        rubric=Rubric.objects.get(code=rubric),
        opens_at=OPENS,
        closes_at=CLOSES,
        settings=settings_with(**rules),
    )


def published_edition(*, by=None, **rules):
    by = by or secretary()
    edition = prepared_edition(by=by, **rules)
    with clock.at(OPENS - timedelta(days=7)):
        return calling.publish(edition, by=by, approval_number="佛评办〔2026〕1号", approved_on=date(2026, 1, 20))


def open_edition(*, by=None, **rules):
    by = by or secretary()
    edition = published_edition(by=by, **rules)
    with clock.at(OPENS):
        return calling.open_call(edition, by=by)


def proposed_window(edition, *, by=None, closes_at=CLOSES + timedelta(days=7)):
    """A new close, proposed in spring and waiting for a second person."""
    with clock.at(clock.simulated() or SPRING):
        return calling.propose_window(
            edition, by=by or secretary(), closes_at=closes_at, reason="系统维护。", document="佛评办〔2026〕3号"
        )


def moved_window(edition, *, closes_at=CLOSES + timedelta(days=7)):
    """The edition with its close moved by two people."""
    proposal = proposed_window(edition, closes_at=closes_at)
    with clock.at(clock.simulated() or SPRING):
        return calling.confirm_window(edition, by=secretary(), proposal=proposal.pk)


@cache
def pdf_bytes(pages=1):
    """A small real PDF."""
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page()
    file = io.BytesIO()
    pdf.save(file, deterministic_id=True)
    return file.getvalue()


def upload(name="材料.pdf", content=None):
    return SimpleUploadedFile(name, pdf_bytes() if content is None else content, "application/pdf")


def profile_texts():
    return {f.key: "无" for f in PROFILE} | {"overview": "本公司生产机械设备。", "contact_name": "联系人"}


def report_texts(edition):
    items = Item.objects.filter(category__rubric=edition.rubric)
    return {item.code: f"{item.title}：方法、展开、学习、整合。" for item in items}


def figures(edition):
    return {(f.key, year): (Decimal("12.50"), "") for f in INDICATORS for year in years_of(edition)}


def empty_draft(edition, organisation):
    with clock.at(clock.simulated() or SPRING):
        return applying.start(edition, by=owner_of(organisation), organisation=organisation)


def complete_draft(edition, organisation):
    """A draft with nothing missing."""
    return completed(empty_draft(edition, organisation))


def completed(draft):
    """This draft with everything filled in and every paper handed in."""
    edition, by = draft.edition, owner_of(draft.organisation)
    with clock.at(clock.simulated() or SPRING):
        applying.save_answers(draft, by=by, texts=profile_texts() | report_texts(edition))
        applying.save_indicators(draft, by=by, figures=figures(edition))
        first, *others = [kind for kind in DOCUMENTS if kind.is_required]
        paper = applying.add_document(draft, by=by, kind=first.key, upload=upload(f"{first.label}.pdf"))
        for kind in others:
            same_paper(paper, kind)
    return draft


def same_paper(paper, kind):
    """The same file under another line of the catalogue. Handing it in again and again took half of every draft."""
    file = StoredFile.objects.get(pk=paper.file_id)
    file.pk, file.name = None, f"{kind.label}.pdf"
    file.save()
    queue_pages(file)
    return Document.objects.create(application=paper.application, kind=kind.key, file=file)


def submitted(draft):
    with clock.at(clock.simulated() or SPRING):
        return applying.submit(draft, by=owner_of(draft.organisation))


def begun_review(application, *, by=None):
    """A district's review, nothing answered yet."""
    with clock.at(clock.simulated() or SPRING):
        return recommending.begin(application, by=by or district_officer(application.district_code))


def all_clear(review):
    """Answers with which everything is met and nothing found."""
    items = review.application.edition.checklist_items.all()
    return {item.pk: ("met" if item.kind == "check" else "clear", "", "") for item in items}


def answered(review, *, by, opinion="三年内没有违法行为。"):
    """The review with nothing missing: all clear, credit report of today, one opinion with its scan."""
    with clock.at(clock.simulated() or SPRING):
        recommending.answer(review, by=by, answers=all_clear(review))
        recommending.set_report(review, by=by, issued_on=clock.today())
        facts = {"department": "区生态环境部门", "opinion": opinion, "given_on": clock.today()}
        recommending.add_opinion(review, by=by, upload=upload("意见.pdf"), **facts)
    review.refresh_from_db()
    return review


def recommended(application, *, by=None, **kwargs):
    """A dossier its district recommends."""
    by = by or district_officer(application.district_code)
    review = answered(begun_review(application, by=by), by=by, **kwargs)
    with clock.at(clock.simulated() or SPRING):
        return recommending.recommend(review, by=by, reason="同意推荐。")


def screened(application, outcome, *, by, second=None, **finding):
    """Decided as the edition asks: proposed by one person and confirmed by a second, or by one alone."""
    with clock.at(clock.simulated() or SPRING):
        if not takes_two(application.edition):
            return screening.decide(application, by=by, outcome=outcome, **finding)
        proposal = screening.propose(application, by=by, outcome=outcome, **finding)
        return screening.confirm(application, by=second or secretary(), proposal=proposal.pk)


def accepted(application, *, by, **kwargs):
    return screened(application, Outcome.ACCEPTED, by=by, **kwargs)


def returned(application, *, by, reason="缺审计报告", points=None, **kwargs):
    """Sent back with its points: {place: what is wrong}; unless told otherwise the overview alone."""
    said = {"overview": "未写明面临的挑战。"} if points is None else points
    named = [{"place": place, "text": text} for place, text in said.items()]
    return screened(application, Outcome.RETURNED, by=by, reason=reason, points=named, **kwargs)


def refused(application, *, by, reason="不在本市", basis="办法第五条", **kwargs):
    return screened(application, Outcome.REFUSED, by=by, reason=reason, basis=basis, **kwargs)


# --- a whole season -----------------------------------------------------------------------------------


@dataclass
class Season:
    """An edition and everybody who took part, as far as it has come."""

    edition: object
    secretary: object
    second: object
    experts: list = field(default_factory=list)
    members: list = field(default_factory=list)
    ranking: object = None
    meeting: object = None
    notice: object = None
    resolution: object = None

    @property
    def applications(self):
        return list(Application.objects.filter(edition=self.edition).order_by("number"))

    def application(self, state):
        return Application.objects.filter(edition=self.edition, state=state).order_by("number").first()


STEPS = ["submitted", "in_review", "panelled", "scored", "ranked", "shortlisted", "voting", "proposed", "publicised"]
STEPS += ["honoured", "certified"]


@kept
def walk_to(step, *, firms=2, experts=3, members=3, **rules):
    """A season walked to a named step, small but real. `rules` change single rule values."""
    cast = {"firms": firms, "experts": experts, "members": members}
    before = STEPS[: STEPS.index(step)]
    season = walk_to(before[-1], **cast, **rules) if before else _opened(**rules)
    WALK[step](season, **cast)
    season.edition.refresh_from_db()
    return season


def _opened(**rules):
    by, second = secretary(), secretary()
    return Season(open_edition(by=by, **rules), by, second)


def _submitted(season, firms, **_):
    with clock.at(SPRING):
        for _ in range(firms):
            submitted(complete_draft(season.edition, organisation()))


def _in_review(season, **_):
    with clock.at(SPRING):
        for application in season.applications:
            accepted(application, by=season.secretary, second=season.second)
    with clock.at(REVIEW):
        season.edition = calling.start_review(season.edition, by=season.secretary)


def _panelled(season, experts, **_):
    season.experts = [expert() for _ in range(experts)]
    with clock.at(REVIEW):
        for application in season.applications:
            reviewing.set_panel(application, by=season.secretary, experts=season.experts, head=season.experts[0])


def _scored(season, **_):
    with clock.at(REVIEW + timedelta(days=3)):
        for rank, application in enumerate(season.applications):
            for assignment in application.assignments.all():
                score(assignment, percentage=85 - 5 * (rank % 5))


def score(assignment, percentage=70):
    """One expert declares, marks every item alike and submits."""
    reviewing.declare_free(assignment, by=assignment.expert)
    codes = Item.objects.filter(category__rubric=assignment.application.edition.rubric).values_list("code", flat=True)
    marks = dict.fromkeys(codes, (percentage, "方法系统。", "加强对比。"))
    reviewing.save_marks(assignment, by=assignment.expert, marks=marks, version=0)
    return reviewing.submit_sheet(assignment, by=assignment.expert)


def _ranked(season, **_):
    with clock.at(REVIEW + timedelta(days=20)):
        season.ranking = deciding.make_ranking(season.edition, by=season.secretary)


def _shortlisted(season, **_):
    with clock.at(REVIEW + timedelta(days=21)):
        deciding.shortlist(season.ranking, by=season.secretary)


def _voting(season, members, **_):
    season.members = [member() for _ in range(members)]
    with clock.at(VOTE):
        season.meeting = sitting.open_vote(meeting(season), by=season.secretary)


def meeting(season, *, present=None):
    """A meeting of the committee, called and attended by these members, or by all of the season's."""
    called = sitting.call_meeting(season.edition, by=season.secretary, title="评委会会议", held_on=VOTE.date())
    here = season.members if present is None else present
    return attending.take_attendance(called, by=season.secretary, marks={m.pk: ("present", "") for m in here})


def _proposed(season, **_):
    shortlisted = [a.pk for a in season.applications if a.state == State.SHORTLISTED]
    with clock.at(VOTE):
        for voter in season.members:
            sitting.cast_ballot(season.meeting, by=voter, approved=shortlisted)
        counted = sitting.count_votes(season.meeting, by=season.secretary)
        season.meeting = sitting.release_result(counted, by=season.second)


def _publicised(season, **_):
    with clock.at(NOTICE):
        draft = publicising.draft_notice(season.edition, by=season.secretary, title="拟奖名单公示", body="现予公示。")
        season.notice = publicising.publish(draft, by=season.second)


def objection_to(application, notice, *, grounds="数据不实", **facts):
    """A real-name objection that came online on the second day of the notice."""
    said = {"objector": "某某", "contact": "0757-00000000", "grounds": grounds} | facts
    with clock.at(clock.simulated() or NOTICE + timedelta(days=1)):
        return publicising.object_to(notice, application=application, **said)


def heard(objection, *, by=None, answer="情况属实，已经整改。"):
    """The objection after the applicant was asked and has answered."""
    owner = owner_of(objection.application.organisation)
    with clock.at(clock.simulated() or NOTICE + timedelta(days=1)):
        due = clock.today() + timedelta(days=2)
        asked = stating.ask_for_statement(objection, by=by or secretary(), facts="请说明有关数据。", due_on=due)
        stating.give_statement(asked, by=owner, answer=answer)
    return objection


def decided(objection, outcome, *, by=None, second=None, finding="经核查属实。"):
    """Proposed by one person, confirmed by a second; the applicant was heard where it must be."""
    if outcome == "upheld" and not hasattr(objection, "statement"):
        heard(objection, by=by)
    with clock.at(clock.simulated() or NOTICE + timedelta(days=1)):
        publicising.propose_finding(objection, by=by or secretary(), outcome=outcome, finding=finding)
        act = publicising.uphold if outcome == "upheld" else publicising.dismiss
        return act(objection, by=second or secretary())


def _honoured(season, **_):
    with clock.at(AFTER_NOTICE):
        entered = resolution_of(season, number=f"佛府〔2026〕{next(_serial)}号")
        season.resolution = resolving.confirm(entered, by=season.second)


def resolution_of(season, *, by=None, **changes):
    """The government's document as entered: unless told otherwise it names the whole list."""
    facts = {
        "number": "佛府〔2026〕18号",
        "title": "关于表彰的通报",
        "issued_on": clock.today(),
        "names": [a.organisation.name for a in season.applications if a.state == State.PUBLICISED],
        "upload": upload("通报.pdf"),
    }
    return resolving.enter(season.edition, by=by or season.secretary, **facts | changes)


def recorded_honour(organisation, *, kind="中国质量奖", year=2021, announced_on=date(2021, 9, 16), **facts):
    """An honour on record without a resolution of ours, as an import of past laureates writes it."""
    return Honour.objects.create(
        kind=HonourKind.objects.get(name=kind),
        year=year,
        organisation=organisation,
        organisation_name=organisation.name,
        announced_on=announced_on,
        **{"source": "某公告"} | facts,
    )


def _certified(season, **_):
    with clock.at(AFTER_NOTICE + timedelta(days=3)):
        for certificate in certifying.issue(season.edition, by=season.secretary):
            draw_certificate(certificate.pk)


WALK = {
    "submitted": _submitted,
    "in_review": _in_review,
    "panelled": _panelled,
    "scored": _scored,
    "ranked": _ranked,
    "shortlisted": _shortlisted,
    "voting": _voting,
    "proposed": _proposed,
    "publicised": _publicised,
    "honoured": _honoured,
    "certified": _certified,
}


# --- money --------------------------------------------------------------------------------------------


def budget(total="20000000", year=None):
    """Of the year it is, unless told otherwise."""
    year = year or clock.today().year
    return paying.open_budget(
        by=maker(), fund=f"质量奖励资金{next(_serial)}", year=year, total=total, document="佛财〔2026〕9号"
    )


def prepared_payment(season, *, by=None, budget=None):
    """A payment of the season's first honour, waiting for the checker."""
    honour = season.resolution.honours.first()
    bank_account(honour.organisation)
    by = by or maker()
    entitled = paying.entitle(honour, by=by)
    return paying.prepare(entitled, by=by, budget=budget or globals()["budget"]())


def approved_payment(payment, *, by=None):
    """The same, approved by a checker."""
    return paying.approve(payment, by=by or checker(), seen=paying.digest_of(payment))


def batched(*payments, by=None, **how):
    """These approved payments in a batch that nobody has sent yet; the first of them, read anew."""
    batching.make_batch(by=by or maker(), payments=payments, **how)
    payments[0].refresh_from_db()
    return payments[0]


def sent(*payments, **how):
    """The same, handed over to the treasury."""
    send_batch(batched(*payments, **how).batch_id)
    payments[0].refresh_from_db()
    return payments[0]


# --- credit ------------------------------------------------------------------------------------------


def credit_record(organisation, *, by=None, number=None, **facts):
    """A penalty against the organisation, entered by the secretariat; it rules out under the standard rules."""
    standard = {
        "kind": Kind.PENALTY,
        "level": "",
        "authority": "佛山市某局",
        "decided_on": date(2026, 2, 3),
        "published_on": None,
        "ends_on": None,
        "repaired_on": None,
        "summary": "",
        "source": "公共信用信息报告",
    }
    with clock.at(clock.simulated() or SPRING):
        return crediting.enter(
            by=by or secretary(),
            credit_code=organisation.credit_code,
            name=organisation.name,
            number=number or f"佛样监处罚〔2026〕{next(_serial)}号",
            **standard | facts,
        )


def finding(application, record=None):
    """The finding of a record against an application, as the recheck raises it."""
    record = record or credit_record(application.organisation)
    with clock.at(clock.simulated() or SPRING):
        standing.recheck(by=User.objects.robot())
    return CreditFinding.objects.get(application=application, record=record)


def excluded(finding, *people):
    """The finding, excluded by these people, or by two of the secretariat."""
    for person in people or (secretary(), secretary()):
        standing.exclude(finding, by=person, reason="与奖项无关", document="某说明〔2026〕1号")
    return finding
