from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

from awards.programmes.queries import rules_after_award
from awards.resolutions.scan_actions import log_scan
from awards.resolutions.scans import ScanAdmin
from enterprises.files.views import download
from foshan_quality.lib import clock
from foshan_quality.lib.words import paper_date
from foshan_quality.office import Act, OfficeInline, Todo, column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import OPEN, HolderStatement, Revocation, RevocationPaper
from .office_forms import DecideForm, EvidenceForm, HearForm, ProposeForm
from .queries import clawbacks_of

S = Revocation.State
REVOKE = Revocation.Outcome.REVOKE


def may_be_decided(revocation):
    return revocation.heard_at is not None or revocation.is_return


def may_still_speak(revocation, user):
    """Why the hearing cannot be closed yet: the holder has time left and has not spoken."""
    if clock.today() > revocation.answer_by or revocation.statements.exists():
        return ""
    return f"单位可以在 {revocation.answer_by} 前（含当日）陈述申辩，期限未到且尚未提交。"


def own_entry(record, user):
    return "您是录入人，须由另一名工作人员与原件核对。" if record.entered_by_id == user.pk else ""


class StatementInline(OfficeInline):
    model = HolderStatement
    fields = readonly_fields = ["text", "attached", "stated_at", column("stated_by.__str__", "提交人")]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("stated_by", "file")

    @admin.display(description="附件")
    def attached(self, statement):
        return file_link(statement.revocation_id, statement.file) if statement.file else "—"


class PaperInline(OfficeInline):
    model = RevocationPaper
    fields = readonly_fields = ["named", "added_at", column("added_by.__str__", "登记人")]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("added_by", "file")

    @admin.display(description="文件")
    def named(self, paper):
        return file_link(paper.revocation_id, paper.file)


def file_link(revocation_pk, file):
    url = reverse("admin:awards_revocation_file", args=[revocation_pk, file.pk])
    return format_html('<a href="{}">{}</a>', url, file.name)


@admin.register(Revocation)
class RevocationAdmin(ScanAdmin):
    """Honours to be taken back: proposed, told, heard, decided by the city government, confirmed by a second person."""

    list_display = [
        column("honour.organisation_name", "单位", order="honour__organisation_name"),
        column("honour.kind.__str__", "荣誉"),
        column("honour.year", "年度"),
        column("get_cause_display", "事由"),
        "state_mark",
        "answer_by",
    ]
    list_filter = ["state", "cause"]
    list_select_related = ["honour__kind"]
    search_fields = ["honour__organisation_name", "number"]
    search_help_text = "单位名称或决定文号"
    proposed = [
        column("honour.__str__", "荣誉"),
        column("get_cause_display", "事由"),
        "facts",
        "basis",
        "proposed_at",
        column("proposed_by.__str__", "提出人"),
    ]
    heard = ["told_at", "answer_by", "heard_on", "hearing_record"]
    decided = [
        column("get_outcome_display", "决定"),
        "issuer",
        "number",
        "title",
        "issued_on",
        "public_reason",
        "repayment",
        "scan_digest",
        "grounds",
        "entered_at",
        column("entered_by", "录入人"),
        "confirmed_at",
        column("confirmed_by", "核对人"),
    ]
    readonly_fields = ["scan_digest", "repayment"]
    inlines = [StatementInline, PaperInline]
    beside = ("revoke",)
    list_acts = {
        "propose": Act(
            "提出撤销",
            actions.propose,
            ProposeForm,
            Permission.REVOCATION_RUN,
            done="撤销提议已登记，单位尚不知情。核对后告知单位。",
            warning="提出后先告知单位、听取陈述申辩，再由市政府决定；决定经两人核对前，荣誉照常有效。",
        )
    }
    acts = {
        "tell_revocation": Act(
            "告知单位",
            actions.tell,
            done="已告知单位。",
            warning=lambda record: (
                f"事由、事实和依据将原样告知{record.honour.organisation_name}，单位可以在规定期限内陈述申辩。"
            ),
        ),
        "hear_holder": Act(
            "记录听取意见情况",
            actions.hear,
            HearForm,
            hindrance=may_still_speak,
            done="已记录，可以录入决定。",
            warning=lambda record: said(record),
        ),
        "enter_decision": Act(
            "录入决定",
            actions.decide,
            DecideForm,
            when=may_be_decided,
            done="已录入，尚未生效。请由另一名工作人员与原件核对。",
        ),
        "revoke": Act(
            "核对一致，撤销荣誉",
            actions.revoke,
            when=lambda record: record.outcome == REVOKE,
            hindrance=own_entry,
            done="荣誉已撤销。",
            warning=lambda record: effect_said(record),
            is_grave=True,
            template="awards/resolutions/confirm.html",
        ),
        "keep_honour": Act(
            "核对一致，不予撤销",
            actions.keep,
            when=lambda record: record.outcome == Revocation.Outcome.KEEP,
            hindrance=own_entry,
            done="已决定不予撤销，已告知单位。",
            warning="荣誉、证书和奖补照常有效。",
        ),
        "evidence": Act(
            "补充证据材料",
            actions.add_evidence,
            EvidenceForm,
            Permission.REVOCATION_RUN,
            when=lambda record: record.state in OPEN,
            is_aside=True,
            done="材料已保存。",
        ),
        "return_decision": Act(
            "退回重新录入", actions.correct, ReasonForm, done="已退回，请重新录入决定。", is_aside=True
        ),
        "drop": Act("撤回提议", actions.drop, ReasonForm, done="提议已撤回。"),
    }
    todos = {
        "tell": Todo("撤销提议待告知单位", Role.SECRETARIAT, lambda rows, user: rows.filter(state=S.PROPOSED)),
        "hear": Todo("撤销：听取陈述申辩中", Role.SECRETARIAT, lambda rows, user: rows.filter(state=S.TOLD)),
        "decide": Todo("撤销：待录入决定", Role.SECRETARIAT, lambda rows, user: rows.filter(state=S.HEARD)),
        "confirm": Todo(
            "撤销决定待您核对",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=S.DECIDED).exclude(entered_by=user),
        ),
    }

    def get_queryset(self, request):
        people = ["proposed_by", "entered_by", "confirmed_by", "scan__page_set"]
        kept = ["honour__kind", "honour__organisation", "honour__application__edition", "honour__resolution"]
        return super().get_queryset(request).select_related(*people, *kept)

    @admin.display(description="奖金退回期限")
    def repayment(self, revocation):
        return repayment_said(revocation, clawbacks_of(revocation.honour))

    def related(self, request, record):
        honour = record.honour
        rows = [("荣誉", honour)]
        if honour.resolution:
            rows.append(("批准文件", honour.resolution))
        rows += [("证书", certificate) for certificate in honour.certificates.all()]
        return rows + [("奖金追回", clawback) for clawback in clawbacks_of(honour)]

    def record_links(self, request, record):
        """The register's page, where the public reads that the honour was revoked."""
        return [("查看公众名录", reverse("laureate", args=[record.honour_id]))] if record.state == S.REVOKED else []

    def get_fieldsets(self, request, obj=None):
        """What has come so far; a hearing and a decision show once there is one."""
        groups = [("提出", self.proposed)]
        if obj and (obj.told_at or obj.heard_at):
            groups.append(("告知与听取意见", self.heard))
        if obj and obj.outcome:
            only_some_have = {"issuer", "number", "title", "public_reason", "grounds"}
            left_out = {name for name in only_some_have if not getattr(obj, name)}
            groups.append(("决定", [name for name in self.decided if name not in left_out]))
        return [(title, {"fields": fields}) for title, fields in groups]

    def get_urls(self):
        return [self.page("<path:object_id>/files/<int:file>/", self.file_view, "file"), *super().get_urls()]

    @method_decorator(require_safe)
    def file_view(self, request, object_id, file):
        """A file of evidence or of the holder's statement; the trail says who took it."""
        record = self.fetch(request, object_id)
        kept = [*record.papers.select_related("file"), *record.statements.exclude(file=None).select_related("file")]
        stored = next((row.file for row in kept if row.file_id == file), None)
        if stored is None:
            raise Http404
        log_scan(record, by=request.user, what=stored.name)
        return download(stored)

    def entered(self, record):
        return [
            ("荣誉", record.honour),
            ("决定", record.get_outcome_display()),
            ("决定机关", record.issuer),
            ("文号", record.number),
            ("标题", record.title),
            ("决定日期", record.issued_on),
            ("公开的撤销原因", record.public_reason),
            ("奖金退回期限", repayment_said(record, clawbacks_of(record.honour))),
        ]


def repayment_said(revocation, clawbacks):
    """Until when the money is to come back, or why there is no such day."""
    if revocation.outcome != REVOKE:
        return "不予撤销，没有奖金须退回"
    if clawbacks:
        return "、".join(dict.fromkeys(paper_date(clawback.due_on) for clawback in clawbacks))
    if revocation.state == S.REVOKED:
        return "没有已拨付的奖金，不需要退回"
    if revocation.repay_by:
        return paper_date(revocation.repay_by)
    days = rules_after_award(revocation.honour.application and revocation.honour.application.edition)["clawback_days"]
    return f"决定没有另行规定，核对生效后按规则计算：生效次日起 {days} 天"


def said(revocation):
    """Until when the holder may speak, and how often it has."""
    count = revocation.statements.count()
    spoken = f"已提交 {count} 份，请先阅读" if count else "还没有提交"
    return f"单位可以在 {revocation.answer_by} 前（含当日）陈述申辩，{spoken}。"


def effect_said(revocation):
    """What follows once the decision is confirmed."""
    effects = [
        "荣誉标为已撤销，名录保留并公开撤销原因，证书核验显示已撤销",
        "未送财政的奖金停付；已拨付的立项追回；在途的到账后立项追回",
        "通知单位，并按本届规则限制以后届次的申报",
    ]
    listed = format_html_join("", "<li>{}</li>", ((effect,) for effect in effects))
    return format_html("请与盖章原件逐项核对。生效后不能撤回：<ul>{}</ul>", listed)
