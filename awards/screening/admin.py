from dataclasses import replace

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

from awards.applications.actions import log_reading
from awards.process import State
from awards.programmes.admin import edition_filter
from enterprises.files.views import download
from foshan_quality.office import Act, OfficeAdmin, Todo, column, spreadsheet
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import ChecklistItem, DistrictReview
from .office_forms import (
    AdoptForm,
    AgainstForm,
    ChecklistForm,
    ItemForm,
    OpinionForm,
    RecommendForm,
    ReportForm,
    SealedForm,
    StrikeForm,
    VetoesForm,
)
from .queries import (
    confirms_acceptance,
    files_of,
    handed_in_editions,
    known_review,
    page_of,
    standing_of,
    summary_of,
    summary_sheet,
)

R = DistrictReview.State
WRITE = Permission.DISTRICT_REVIEW_WRITE
ACCEPTING = ("accept", "propose_acceptance")  # whose page says what the district has left open
DECIDING = {"accept": lambda application: True, "confirm_screening": confirms_acceptance}  # and when they accept


def is_open(review):
    return review.is_open


def may_be_corrected(review):
    is_newest = not review.is_superseded
    return review.state != R.OPEN and review.application.state == State.SUBMITTED and is_newest


def lacks_seal(review):
    return review.state == R.RECOMMENDED and review.sealed_file_id is None


@admin.register(DistrictReview)
class DistrictReviewAdmin(OfficeAdmin):
    """A district's desk: answered here until the recommendation is given, frozen afterwards."""

    change_form_template = "awards/screening/review.html"
    change_list_template = "awards/screening/reviews.html"
    list_display = [
        column("application.number", "申报编号", order="application__number"),
        column("application.organisation.name", "申报单位", order="application__organisation__name"),
        column("district", "所在区", order="application__organisation__district_code"),
        "version",
        "state_mark",
        column("is_sealed", "已盖章"),
    ]
    list_filter = [edition_filter("application__edition"), "state"]
    search_fields = ["application__number", "application__organisation__name"]
    search_help_text = "申报编号或单位名称"
    fields = [
        column("application.number", "申报编号"),
        column("application.organisation.name", "申报单位"),
        column("district", "所在区"),
        "version",
        "begun_at",
        column("begun_by.__str__", "经办"),
        "corrects_because",
        "report_issued_on",
        "reason",
        "letter_number",
        "decided_at",
        column("decided_by", "作出人"),
        "sealed_at",
    ]
    acts = {
        "checklist": Act("填写检查清单", actions.answer, ChecklistForm, WRITE, when=is_open, done="检查清单已保存。"),
        "vetoes": Act(
            "填写一票否决事项",
            actions.answer,
            VetoesForm,
            WRITE,
            when=is_open,
            done="一票否决事项已保存。",
            warning="每一项都按所列起止日期查询后答复；发生事故的，按国务院令第493号第三条选择等级。",
        ),
        "report": Act("登记信用报告", actions.set_report, ReportForm, WRITE, when=is_open, done="信用报告已登记。"),
        "opinion": Act("登记部门意见", actions.add_opinion, OpinionForm, WRITE, when=is_open, done="部门意见已登记。"),
        "strike": Act(
            "划去部门意见",
            actions.strike_opinion,
            StrikeForm,
            WRITE,
            when=is_open,
            done="已划去，原记录留存。",
        ),
        "recommend": Act(
            "推荐",
            actions.recommend,
            RecommendForm,
            when=is_open,
            done="已作出推荐意见，推荐函正在后台生成。请下载用印后上传盖章件。",
            warning="作出意见后各项答复冻结；更正须另起一版并写明原因。",
        ),
        "advise_against": Act(
            "不推荐",
            actions.advise_against,
            AgainstForm,
            when=is_open,
            done="已作出不推荐意见。",
            warning="作出意见后各项答复冻结；更正须另起一版并写明原因。",
            is_grave=True,
        ),
        "seal": Act(
            "上传推荐函盖章件",
            actions.attach_sealed,
            SealedForm,
            WRITE,
            when=lacks_seal,
            done="盖章件已保存。",
        ),
        "correct": Act(
            "更正（另起一版）",
            actions.correct,
            ReasonForm,
            WRITE,
            when=may_be_corrected,
            done="已另起一版，原答复都已带入；原版保留。",
            warning="原意见即时失效，新版作出意见前视为没有区级意见。",
            is_grave=True,
            back_to_list=True,
        ),
    }
    todos = {
        "open": Todo("区级初审办理中", Role.DISTRICT_OFFICER, lambda rows, user: rows.filter(state=R.OPEN)),
        "seal": Todo(
            "推荐函待用印、上传盖章件",
            Role.DISTRICT_OFFICER,
            lambda rows, user: rows.filter(state=R.RECOMMENDED, sealed_file=None),
        ),
    }

    def get_queryset(self, request):
        kept = ["application__organisation", "application__edition__programme__honour_kind"]
        people = ["begun_by", "decided_by", "report_file", "sealed_file"]
        return super().get_queryset(request).select_related(*kept, *people).knowing_successors()

    def get_urls(self):
        return [
            self.page("summary/", self.summary_view, "summary"),
            self.page("<path:object_id>/files/<int:file>/", self.file_view, "file"),
            *super().get_urls(),
        ]

    def record_context(self, request, record):
        letters = record.letters.select_related("application__organisation", "replaces")
        return {"page": page_of(record), "letters": letters}

    def record_links(self, request, record):
        return [
            ("申报材料", reverse("admin:awards_application_change", args=[record.application_id])),
            *(
                (label, reverse("admin:awards_districtreview_file", args=[record.pk, file.pk]))
                for label, file in [("下载信用报告", record.report_file), ("下载盖章件", record.sealed_file)]
                if file
            ),
        ]

    @method_decorator(require_safe)
    def summary_view(self, request):
        """The applicants of an edition on paper: a district's for its officers, all for the city."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        editions = handed_in_editions(request.user)
        chosen = request.GET.get("edition", "")
        edition = next((e for e in editions if str(e.pk) == chosen), editions[0] if editions else None)
        lines = summary_of(edition, request.user) if edition else []
        if edition and request.GET.get("format") == "xlsx":
            actions.log_summary(edition, by=request.user, way="xlsx")
            return spreadsheet(summary_sheet(lines), f"{edition}申报情况汇总表")
        if edition:
            actions.log_summary(edition, by=request.user)
        districts = [
            grant.get_district_code_display() for grant in request.user.current_grants() if grant.district_code
        ]
        context = {
            "edition": edition,
            "others": [other for other in editions if other != edition],
            "district": "、".join(districts) or "全市",
            "names_districts": len(districts) != 1,
            "lines": lines,
            "back": self.list_url(),
        }
        return TemplateResponse(request, "awards/screening/summary.html", context)

    def file_view(self, request, object_id, file):
        """A file kept with the review; the trail says who took it."""
        review = self.fetch(request, object_id)
        stored = files_of(review).get(file)
        if stored is None:
            raise Http404
        log_reading(review.application, by=request.user, what=stored.name)
        return download(stored)


@admin.register(ChecklistItem)
class ChecklistItemAdmin(OfficeAdmin):
    """What an edition's district reviews ask, each with its basis."""

    list_display = [column("edition.__str__", "届次", order="edition"), "kind", "text", column("basis", "依据")]
    list_filter = [edition_filter(), "kind"]
    list_select_related = ["edition__programme__honour_kind"]
    fields = [
        column("edition.__str__", "届次"),
        "kind",
        "text",
        column("has_level", "分事故等级"),
        "document",
        "article",
        column("is_confirmed", "本市规定"),
    ]
    list_acts = {
        "adopt": Act(
            "采用默认条目",
            actions.adopt_items,
            AdoptForm,
            Permission.EDITION_PREPARE,
            done="默认条目已成为该届的条目，开始初审前可以逐条修改。",
            warning="默认条目多为同类奖项的通行做法，未经确认前页面上注明“参考，非本市规定”。",
            back_to_list=True,
        )
    }
    acts = {
        "set": Act("修改条目", actions.set_item, ItemForm, Permission.EDITION_PREPARE, done="条目已保存。"),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__programme__honour_kind")


# --- on the application's page ------------------------------------------------------------------------


def missing_said(application):
    """What the city decides without, as the accept page says it."""
    standing = standing_of(application)
    parts = format_html_join("", "<li>{}</li>", ((text,) for text in standing.missing))
    if not standing.missing:
        return "区级初审齐全，已推荐。"
    opening = "本届规则要求受理前须有区级推荐。区级初审还缺：" if standing.is_required else "区级初审还缺："
    return format_html("{}<ul>{}</ul>", opening, parts)


def with_district_review(acts):
    """The application's acts with the district's part: beginning it, what accepting says of it, and its rule."""
    warned = acts | {name: replace(acts[name], warning=_with_missing(acts[name].warning)) for name in ACCEPTING}
    guarded = {
        name: replace(warned[name], run=actions.after_recommendation(warned[name].run, accepts))
        for name, accepts in DECIDING.items()
    }
    begin = Act(
        "开始区级初审",
        actions.begin,
        permission=WRITE,
        when=lambda record: record.state == State.SUBMITTED and known_review(record) is None,
        done="已开始区级初审，请打开“区级初审”逐项办理。",
    )
    return warned | guarded | {"begin_district_review": begin}


def _with_missing(warning):
    def said(application):
        former = warning(application) if callable(warning) else warning
        return format_html("{} {}", former, missing_said(application))

    return said


DISTRICT_TODOS = {
    "district": Todo(
        "申报待区级初审",
        Role.DISTRICT_OFFICER,
        lambda rows, user: rows.filter(state=State.SUBMITTED, district_reviews=None),
    )
}


def district_context(application):
    """What the application's page shows of the district's review."""
    return {"district_review": known_review(application)}
