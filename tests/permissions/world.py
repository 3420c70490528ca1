"""One world with a record of every kind and a person of every kind, secrets planted in each hidden place."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core import signing
from django.core.files.base import ContentFile

from awards.applications import paper_actions as printing
from awards.applications.actions import log_reading
from awards.applications.queries import present_content
from awards.applications.stamping import code_of
from awards.applications.tasks import draw_printout
from awards.certificates import actions as certifying
from awards.certificates.models import Certificate
from awards.consensus import actions as agreeing
from awards.decisions import meeting_actions as sitting
from awards.decisions import paper_actions as accounting
from awards.decisions.tasks import draw_minutes, draw_ranking_paper
from awards.hearings import actions as hearings
from awards.letters import actions as lettering
from awards.letters.tasks import draw_letter
from awards.models import (
    Application,
    Assignment,
    CalendarDay,
    ChecklistItem,
    Clawback,
    DistrictReview,
    Edition,
    Engagement,
    FeedbackReport,
    Honour,
    HonourKind,
    LedgerTransaction,
    Letter,
    PaymentBatch,
    Reading,
    ReadingCopy,
    Revocation,
    Slip,
    SubsidyRule,
)
from awards.panels import actions as panelling
from awards.papers import actions as writing
from awards.publicity import actions as publicising
from awards.publicity.text_actions import set_text
from awards.publicity.views import RECEIPT
from awards.resolutions import entry_actions as entering
from awards.resolutions.reading import HEADINGS
from awards.reviews import actions as reviewing
from awards.reviews import phase_actions as phasing
from awards.reviews import sheet_actions as freezing
from awards.revocations import actions as revoking
from awards.screening import actions as district
from awards.site_visits import actions as visiting
from awards.subsidies import actions as paying
from awards.subsidies.batches import result_actions as answering
from awards.subsidies.batches.layouts import ANSWER
from awards.subsidies.clawbacks import actions as recovering
from awards.subsidies.corrections import actions as correcting
from awards.subsidies.models import MAX_ATTEMPTS
from awards.subsidies.policies import actions as ruling
from awards.subsidies.reconciling import actions as reconciling
from enterprises.districts import District
from enterprises.files.actions import queue_pages, store_pdf
from enterprises.files.tasks import draw_pages
from enterprises.memberships import actions as inviting
from enterprises.models import AuditEvent, User
from enterprises.notifications.actions import notify
from enterprises.organisations import actions as registering
from enterprises.quality_officers import actions as naming
from foshan_quality.lib import clock
from foshan_quality.lib.sheets import xlsx_bytes
from foshan_quality.permissions import Relation, Role
from tests import given, phases
from tests.enterprises.credit.books import book, line, upload

NOW = datetime(2026, 8, 10, 10, 0, tzinfo=given.SHANGHAI)
QUORUM = {"quorum": "1/100"}


@dataclass
class World:
    """People by the names the policy uses, records by the names its lines use, secrets by what they are."""

    people: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)
    secrets: dict = field(default_factory=dict)

    def secret(self, name, shown=None):
        """A string that stands nowhere else, planted under this name."""
        self.secrets[name] = shown or f"canary{len(self.secrets):02d}x"
        return self.secrets[name]


def build():
    """Editions that are honoured and paid, open, voting, and about to be publicised."""
    world = World()
    with clock.at(NOW):
        _staff(world)
        _honoured(world)
        _paid(world)
        _open(world)
        _reviewed(world)
        _drawn_pages(world)
        _scored_beside_the_dossier(world)
        _printed(world)
        _agreed_and_visited(world)
        _against(world)
        _lettered(world)
        _voting(world)
        _drafted(world)
        _recorded(world)
        _to_be_taken_back(world)
        _left(world)
        _told(world)
    return world


def _staff(world):
    world.people |= {
        "anonymous": None,
        "stranger": given.person("过路人"),
        "secretary": given.secretary(),
        "district_officer": given.district_officer(District.NANHAI),
        "district_officer_elsewhere": given.district_officer(District.SHUNDE),
        "absent_member": given.person("前评委", Role.COMMITTEE),
        "maker": given.maker(),
        "checker": given.checker(),
        "leader": given.leader(),
        "auditor": given.auditor(),
        "system_officer": given.system_officer(),
        "security_officer": given.security_officer(),
    }
    world.records |= {
        "a person": world.people["stranger"],
        "a duty": world.people["maker"].role_grants.get(),
        "a day": CalendarDay.objects.first(),
        "a subsidy rule": SubsidyRule.objects.first(),
    }


def _honoured(world):
    """The firm wins, over an objection; its certificate is drawn."""
    season = given.walk_to("publicised", firms=1, **QUORUM)
    application = season.applications[0]
    with clock.at(given.NOTICE + timedelta(days=1)):
        objection = publicising.object_to(
            season.notice,
            application=application,
            objector=world.secret("objector"),
            contact=world.secret("objector's contact"),
            grounds=world.secret("grounds of the objection"),
            uploads=[given.upload("证据.pdf")],
        )
        given.heard(objection, by=season.secretary)
        objection = given.decided(objection, "dismissed", by=season.secretary, second=season.second)
    for step in ("honoured", "certified"):
        given.WALK[step](season)
    firm = application.organisation
    world.people |= {
        "owner": given.owner_of(firm),
        "editor": given.colleague_of(firm, Relation.EDITOR),
        "reader": given.colleague_of(firm, Relation.READER),
    }
    invited = inviting.invite(firm, by=world.people["owner"], email="invited@example.invalid", role=Relation.EDITOR)
    world.records |= {
        "the firm": firm,
        "the reader's membership": firm.memberships.get(user=world.people["reader"]),
        "the invitation": invited,
        "the quality officer": naming.appoint(
            firm, by=world.people["owner"], name="首席", post="副总经理", appointed_on=date(2026, 1, 5)
        ),
        "the firm's honoured application": Application.objects.get(pk=application.pk),
        "the firm's honour": season.resolution.honours.get(),
        "the firm's certificate": Certificate.objects.get(edition=season.edition),
        "the batch of certificates": season.edition.certificate_batches.get(),
        "the certificate's replacement": certifying.propose_replacement(
            Certificate.objects.get(edition=season.edition), by=season.second, kind="reissue", reason="原件遗失"
        ),
        "the certificate template": season.edition.programme.certificate_templates.get(),
        "the honoured edition": season.edition,
        "the rubric": season.edition.rubric,
        "the ranking": season.ranking,
        "the account of the ranking": accounting.request_paper(
            season.ranking, by=season.secretary, application=application.pk
        ),
        "the counted meeting": season.meeting,
        "the minutes of the meeting": season.meeting.papers.get(),
        "the notice": season.notice,
        "the notice's address": season.notice.address,
        "the statement": objection.statement,
        "a paper of the objection": objection.files.get().file,
        "the objection": objection,
        "the resolution": season.resolution,
        "the objection's receipt": signing.dumps(objection.pk, salt=RECEIPT),
    }
    draw_ranking_paper(world.records["the account of the ranking"].pk)
    draw_minutes(world.records["the minutes of the meeting"].pk)
    world.records["the firm's certificate's code"] = world.records["the firm's certificate"].code
    world.secret("counted ballot", Slip.objects.filter(round__meeting=season.meeting).first().code)


def _paid(world):
    """The firm's payment waits for the checker, and a special sum for the leader."""
    firm, maker = world.records["the firm"], world.people["maker"]
    account = registering.set_bank_account(
        firm,
        by=world.people["owner"],
        holder=firm.name,
        bank="某银行佛山分行",
        number="6222087319445561",
        proof=given.proof_of_account(world.people["owner"]),
    )
    world.secret("the firm's bank account", account.number)
    entitlement = paying.entitle(world.records["the firm's honour"], by=maker)
    budget = given.budget()
    higher = given.recorded_honour(firm, year=2026, announced_on=date(2026, 6, 1))
    special = paying.entitle(higher, by=maker, amount="1234567.00", document="某文件", reason="某理由")
    world.records |= {
        "the entitlement": entitlement,
        "the special sum": special,
        "the budget": budget,
        "the payment": paying.prepare(entitlement, by=maker, budget=budget),
        "a sum from elsewhere": ruling.record_outside(
            by=maker,
            organisation=given.organisation(),
            kind=higher.kind,
            year=2025,
            payer="other",
            payer_name="某专项资金",
            amount="7654321",
            source="某公示",
        ),
        "a booking": LedgerTransaction.objects.first(),
        "a comparison of the books": reconciling.run(by=maker),
    }
    ruling.change_budget(budget, by=maker, amount="1", document="某文件")
    world.records["the reversal"] = correcting.propose_reversal(
        LedgerTransaction.objects.first(), by=given.maker(), reason="录错"
    )
    _batched(world, budget)


def _batched(world, budget):
    """A batch that did not go out, and a file of the treasury with a difference, not booked yet."""
    firm, maker = given.organisation(), world.people["maker"]
    given.bank_account(firm)
    day = date(2026, 6, 1)
    honour = given.recorded_honour(firm, kind="佛山市政府质量奖", year=2026, announced_on=day)
    payment = paying.prepare(paying.entitle(honour, by=maker), by=maker, budget=budget)
    batch = given.batched(given.approved_payment(payment, by=world.people["checker"]), by=maker).batch
    PaymentBatch.objects.filter(pk=batch.pk).update(attempts=MAX_ATTEMPTS, problem="财政目录写不进去")
    text = f"{','.join(ANSWER)}\r\n{batch.number},x,1.00,已付,2026-09-30,\r\n"
    result = answering.read_result(ContentFile(text.encode(), name="result.csv"), by=maker)
    world.records |= {"the batch": batch, "the result": result, "a difference": result.lines.get()}


def _open(world):
    """A call that is open: the firm has a draft, another firm has handed in, a third one's code is in doubt."""
    edition = given.open_edition(by=given.secretary(), **QUORUM)
    Edition.objects.filter(pk=edition.pk).update(closes_at=NOW + timedelta(days=60))
    edition = Edition.objects.get(pk=edition.pk)
    given.proposed_window(edition, closes_at=NOW + timedelta(days=90))
    form = store_pdf(given.upload("样表.pdf"), by=world.people["secretary"])
    edition.catalogue.filter(key="licence").update(sample=form)
    firm, other = world.records["the firm"], given.organisation()
    draft, handed_in = given.complete_draft(edition, firm), given.complete_draft(edition, other)
    _answer(world, draft, "an answer of the firm's draft")
    world.records["a former text"] = draft.answer_versions.first()
    _answer(world, handed_in, "an answer of the other firm")
    world.people["other_owner"] = given.owner_of(other)
    given.submitted(handed_in)
    given.applying.withdraw(handed_in, by=world.people["other_owner"])
    given.applying.reopen(handed_in, by=world.people["other_owner"])
    given.submitted(handed_in)
    given.renamed(other, changed_on=NOW.date())
    doubter = given.person("存疑")
    doubted = given.organisation(
        owner=doubter, credit_code="91000000MA0000001X", code_evidence=store_pdf(given.upload("执照.pdf"), by=doubter)
    )
    world.records |= {
        "the open edition": edition,
        "the firm's draft": draft,
        "a file of the draft": draft.documents.first(),
        "the other firm": other,
        "a former name": other.former_names.get(),
        "the other firm's application": Application.objects.get(pk=handed_in.pk),
        "a file of the other firm": handed_in.documents.first(),
        "the doubted firm": doubted,
    }


def _answer(world, draft, name):
    texts = {"overview": world.secret(name)}
    given.applying.save_answers(draft, by=given.owner_of(draft.organisation), texts=texts)


def _reviewed(world):
    """A case with four experts: one done, one at it, one who has yet to declare, one who stepped back."""
    draft = given.complete_draft(world.records["the open edition"], given.organisation())
    _answer(world, draft, "an answer of the case under review")
    secretary = world.people["secretary"]
    case = given.accepted(given.submitted(draft), by=secretary)
    kinds = ["done", "sitting", "undeclared", "recused", "idle"]
    experts = {kind: given.expert(world.secret(f"employer of the {kind} expert")) for kind in kinds}
    for kind, expert in experts.items():
        expert.name = world.secret(f"name of the {kind} expert")
        expert.save()
    panel = [experts[kind] for kind in kinds[:4]]
    reviewing.set_panel(case, by=secretary, experts=panel, head=experts["done"])
    seats = {kind: Assignment.objects.get(application=case, expert=experts[kind]) for kind in kinds[:4]}
    given.score(seats["done"])
    for kind, seat in (("done", seats["done"]), ("sitting", seats["sitting"])):
        if kind == "sitting":
            reviewing.declare_free(seat, by=seat.expert)
            marks = {given.Item.objects.filter(category__rubric=world.records["the rubric"]).first().code: (45, "", "")}
            reviewing.save_marks(seat, by=seat.expert, marks=marks, version=0)
        mark = seat.sheets.get().marks.first()
        mark.strengths, mark.improvements = (
            world.secret(f"praise of the {kind} expert"),
            world.secret(f"criticism of the {kind} expert"),
        )
        mark.save()
    seats["done"].sheets.update(total="683.47")
    world.secret("total of the done expert", "683.47")
    reviewing.recuse(seats["recused"], by=experts["recused"], reason=world.secret("reason of the recusal"))
    world.people |= {f"{kind}_expert": expert for kind, expert in experts.items()}
    world.records |= {
        "the case": case,
        "a file of the case": case.documents.first(),
        **{f"the {kind} expert's task": Assignment.objects.get(pk=seat.pk) for kind, seat in seats.items()},
        "the pooled expert": experts["idle"].expert,
        "the sitting expert's season": Engagement.objects.get(expert__user=experts["sitting"], edition=case.edition),
        "the recused expert's season": Engagement.objects.get(expert__user=experts["recused"], edition=case.edition),
        "a season that is over": Engagement.objects.get(
            expert__user=experts["idle"], edition=world.records["the honoured edition"]
        ),
        "the proposal": _proposal(case, secretary),
    }


def _proposal(case, secretary):
    """Panels for the case under review by machine, computed and not applied."""
    proposal = panelling.request_proposal(case.edition, by=secretary, seed=7)
    return panelling.draw_proposal(proposal, by=User.objects.robot())


def _drawn_pages(world):
    """The pages of the files are pictures by now."""
    for name in ("a file of the draft", "a file of the other firm", "a file of the case"):
        draw_pages(world.records[name].file.page_set.pk)


def _scored_beside_the_dossier(world):
    """The case can be read beside its sheets; scoring of the honoured edition is frozen; somebody read something."""
    file, case = world.records["a file of the case"].file, world.records["the case"]
    paper = {"label": "申报书", "name": "", "file": file.pk, "pages": file.pages, "document": None}
    copies = ReadingCopy.objects.filter(snapshot__application=case)
    copies.update(state="ready", ready_at=clock.now(), papers=[paper])
    freeze = freezing.freeze(
        world.records["the honoured edition"], by=given.secretary(), reason=world.secret("reason of the freeze")
    )
    log_reading(case, by=world.people["sitting_expert"], what="申报书")
    world.records |= {"the freeze": freeze, "a reading": Reading.objects.filter(verb="read_dossier").first()}


def _printed(world):
    """The firm has a specimen and a stamped page, the other firm the book and the page of what it handed in."""
    for whose, scan, printout in (
        ("the firm's draft", "a stamped scan", "a specimen"),
        ("the other firm's application", "a stamped scan of the other firm", "the book of the other firm"),
    ):
        application = world.records[whose]
        by = given.owner_of(application.organisation)
        _content, digest, _is_specimen = present_content(application)
        stored = store_pdf(given.upload("签章页.pdf"), by=by)
        queue_pages(stored)
        draw_pages(stored.page_set.pk)
        world.records[scan] = application.stamped_scans.create(digest=digest, file=stored)
        world.records[printout] = printing.request_book(application, by=by)
        draw_printout(world.records[printout].pk)
    world.records["the code"] = code_of(present_content(world.records["the firm's draft"])[1])


def _against(world):
    """A credit record against the firm that won, found and judged by one; a workbook that was only tried."""
    number = world.secret("number of the credit record")
    authority = world.secret("authority of the credit record")
    record = given.credit_record(world.records["the firm"], number=number, authority=authority)
    finding = given.finding(world.records["the firm's honoured application"], record)
    given.standing.exclude(
        finding, by=given.secretary(), reason=world.secret("reason of the judgement"), document="某说明"
    )
    name = f"{world.secret('name of the workbook')}.xlsx"
    workbook = given.crediting.take_in(by=world.people["secretary"], upload=upload(book(line()), name))
    world.records |= {"the credit record": record, "the finding": finding, "the workbook": workbook}


def _lettered(world):
    """A district's review under way, one that is decided and sealed, and the letters about them."""
    officer, secretary = world.people["district_officer"], world.people["secretary"]
    world.records["the district review"] = given.begun_review(world.records["the other firm's application"], by=officer)
    third = given.submitted(given.complete_draft(world.records["the open edition"], given.organisation()))
    review = given.recommended(third, by=officer, opinion=world.secret("opinion of a department"))
    review = district.attach_sealed(review, by=officer, upload=given.upload("推荐函.pdf"))
    case, firms = world.records["the case"], world.records["the firm's honoured application"]
    for application in (case, firms):
        lettering.write_missing(application, by=secretary)
    lettering.write_recommendation(review, by=secretary)
    for letter in Letter.objects.all():
        draw_letter(letter.pk)
    world.records |= {
        "the frozen review": DistrictReview.objects.get(pk=review.pk),
        "a scan of the district": review.sealed_file,
        "the letter of the case": Letter.objects.get(application=case),
        "the letter of the firm": Letter.objects.get(application=firms),
        "the recommendation": Letter.objects.get(application=third),
        "a checklist item": ChecklistItem.objects.first(),
        "a wording": lettering.set_wording(
            by=secretary, edition=case.edition, kind="acceptance", code="演示受", source="演示"
        ),
    }


def _voting(world):
    """A meeting in the middle of its vote: one ballot is cast."""
    season = given.walk_to("voting", firms=1, **QUORUM)
    world.people["member"], voted, _waiting = season.members
    receipt = sitting.cast_ballot(season.meeting, by=voted, approved=[])
    world.secret("uncounted ballot", str(receipt))
    world.records |= {
        "the voting meeting": season.meeting,
        "a candidate of the meeting": season.applications[0],
        "a term": world.people["member"].committee_terms.get(),
    }


TEXT = {"title": "{届次}公示", "body": "共 {家数} 家。", "source": "局务会"}


def _drafted(world):
    """A notice drawn up and not released."""
    season = given.walk_to("proposed", firms=1, **QUORUM)
    drafted = publicising.draft_notice(
        season.edition, by=season.secretary, title=world.secret("title of the draft notice"), body="现予公示。"
    )
    text = set_text(by=season.secretary, programme=season.edition.programme, kind="notice", **TEXT)
    paper = writing.draft_paper(season.edition, by=season.secretary, kind="announcement")
    world.records |= {
        "the draft notice": drafted,
        "an act": AuditEvent.objects.first(),
        "the text": text,
        "the paper": paper,
    }


def _agreed_and_visited(world):
    """The firm's case in an edition with phases: agreed on, visited, its feedback drafted; one is released."""
    experts = [world.people["done_expert"], world.people["sitting_expert"]]
    edition = given.open_edition(phases=phases.FOUR, experts_per_application="2", **QUORUM)
    season = given.Season(edition, world.people["secretary"], given.secretary(), experts)
    for expert in experts:
        given.engaged(expert, edition)
    with clock.at(given.SPRING):
        given.submitted(given.complete_draft(edition, world.records["the firm"]))
    given.WALK["in_review"](season)
    (application,) = season.applications
    with clock.at(given.REVIEW):
        reviewing.set_panel(application, by=season.secretary, experts=experts, head=experts[0])
        for turn, seat in enumerate(application.assignments.order_by("pk")):
            words = world.secret("words of a colleague's sheet") if turn else "方法系统。"
            phases.mark(seat, turn, strengths=words)
    phasing.open_phase(phases.phase(season, "consensus"), by=season.secretary)
    consensus = phases.agreed(season)
    consensus.items.filter(is_wide=True).update(discussion=world.secret("discussion of the panel"))
    agreeing.answer(consensus, by=experts[1], agrees=False, note=world.secret("dissent of a member"))
    given.WALK["ranked"](season), given.WALK["shortlisted"](season)
    with clock.at(phases.VISIT):
        phasing.open_phase(phases.phase(season, "site_visit"), by=season.secretary)
        visit = phases.visited(season, experts=experts[:1], photo=phases.picture())
        visit.minutes.update(text=world.secret("minutes of the visit"))
        visiting.add_evidence(visit, by=experts[0], item="4.5.3", seen=world.secret("evidence of the visit"))
        visit.rescored.update(reason=world.secret("reason of a new mark"))
        phasing.open_phase(phases.phase(season, "hearing"), by=season.secretary)
        feedback = phases.report(season)
    hearing = phases.told_of_hearing(season)
    world.secret("seed of the draw", hearing.draws.get().seed)
    with clock.at(phases.HEARD):
        words = world.secret("words at the hearing")
        hearings.submit_mark(hearing.cases.get(), by=experts[0], percentage=70, words=words)
    feedback.parts.update(strengths=world.secret("draft of the feedback"))
    honoured = world.records["the firm's honoured application"]
    moments = {"drafted_at": NOW, "approved_at": NOW, "released_at": NOW}
    by = dict.fromkeys(["drafted_by", "approved_by", "released_by"], season.secretary)
    released = FeedbackReport.objects.create(application=honoured, state="released", **moments, **by)
    category = edition.rubric.categories.first()
    released.parts.create(category=category, improvements=world.secret("released feedback"))
    world.records |= {
        "a phase": phases.phase(season, "consensus"),
        "the consensus": consensus,
        "the visit": visit,
        "a photo of the visit": visit.evidence.exclude(photo=None).get(),
        "the hearing": hearing,
        "the case heard": hearing.cases.get(),
        "the feedback": feedback,
        "the visited application": application,
    }


def _recorded(world):
    """A higher honour entered from its scan, and a workbook of past laureates that was only tried."""
    secretary, firm = given.secretary(), world.records["the firm"]
    entry = entering.enter_honour(
        by=secretary,
        kind=HonourKind.objects.get(name="中国质量奖提名奖"),
        year=2024,
        organisation=firm,
        announced_on=date(2024, 9, 16),
        title="某公告",
        upload=given.upload("公告.pdf"),
    )
    name = f"{world.secret('name of the list of laureates')}.xlsx"
    lines = [["广东省政府质量奖", "2015", "某公司", "", "某公告", ""]]
    tried = entering.take_in(by=secretary, upload=upload(xlsx_bytes(HEADINGS, lines), name))
    world.records |= {"an entry": entry, "a list of laureates": tried}


def _to_be_taken_back(world):
    """The firm is told that its honour may go, and speaks; another decision waits for its second person."""
    secretary, firm = given.secretary(), world.records["the firm"]
    case = revoking.propose(
        world.records["the firm's honour"],
        by=secretary,
        cause="fraud",
        facts=world.secret("facts of the revocation"),
        basis="某办法",
        uploads=[given.upload("证据.pdf")],
    )
    case = revoking.tell(case, by=secretary)
    revoking.state_case(case, by=world.people["owner"], text=world.secret("words of the holder"))
    higher = Honour.objects.get(organisation=firm, resolution=None)
    other = revoking.propose(higher, by=secretary, cause="returned", facts="交回。", basis="某函")
    decided = revoking.decide(
        other,
        by=secretary,
        outcome="revoke",
        issuer="某机关",
        number="佛府〔2026〕77号",
        title="某决定",
        issued_on=NOW.date(),
        public_reason="单位自愿交回。",
        upload=given.upload("决定.pdf"),
    )
    Revocation.objects.filter(pk=decided.pk).update(
        heard_at=NOW, heard_by=secretary, heard_on=NOW.date(), hearing_record=world.secret("record of the hearing")
    )
    payment = world.records["the payment"]
    owed = {"owed": "1.00", "due_on": NOW.date(), "document": "某决定"}
    world.records |= {
        "the revocation": case,
        "a file of the revocation": case.papers.get().file,
        "the decided revocation": decided,
        "the clawback": Clawback.objects.create(disbursement=payment, opened_by=secretary, **owed),
    }
    slip = {"amount": "0.40", "received_on": NOW.date(), "voucher": "非税0001"}
    entry = recovering.enter_recovery(world.records["the clawback"], by=given.maker(), **slip)
    world.records["an entry of the clawback"] = entry
    for name in ("the resolution", "an entry", "the decided revocation"):
        draw_pages(world.records[name].scan.page_set.pk)


def _left(world):
    """Somebody who was the firm's owner and is not any more."""
    world.people["former_owner"] = given.colleague_of(world.records["the firm"], Relation.OWNER)
    world.records["the firm"].memberships.filter(user=world.people["former_owner"]).update(ended_at=NOW)


def _told(world):
    """A message to the firm's owner, and one whose mail copy did not go out."""
    owner, second = world.people["owner"], world.people["editor"]
    for person in (owner, second):
        notify([person], "application_accepted", matter="told", number=world.secret("text of a message"))
    stuck = second.inbox.get(matter="told")
    second.inbox.filter(pk=stuck.pk).update(copy="parked", copy_problem="邮件服务器拒收这个地址。")
    world.records |= {"a message to the owner": owner.inbox.get(matter="told"), "a stuck mail": stuck}
