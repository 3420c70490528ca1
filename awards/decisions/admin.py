from django.contrib import admin, messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from awards.programmes.admin import edition_filter
from awards.programmes.models import Edition
from awards.programmes.rules import trimming_said
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.office import Act, OfficeAdmin, column
from foshan_quality.permissions import Permission

from . import account, actions, paper_actions
from .inputs import experts_of
from .later_queries import later_of
from .models import Ranking, RankingPaper
from .office_forms import EditionForm, PlaceFilter, ShortlistForm
from .place_queries import Places, left_since, page_of
from .queries import recomputed, recomputed_alone

PLACES_A_PAGE, EXPLAINED_A_PAGE = 50, 10


def is_to_be_used(ranking):
    """The newest ranking of an edition whose cases wait for the shortlist."""
    edition = ranking.edition
    if ranking.kind != Ranking.Kind.REVIEW:
        return False
    is_newest = not edition.rankings.filter(pk__gt=ranking.pk, kind=ranking.kind).exists()
    return edition.state == Edition.State.REVIEW and is_newest and edition.applications.in_review().exists()


@admin.register(Ranking)
class RankingAdmin(OfficeAdmin):
    """Rankings as they were computed, each place with its marks."""

    change_form_template = "awards/decisions/ranking.html"
    list_display = [
        "__str__",
        column("edition.get_state_display", "届次状态"),
        "rule_version",
        "places",
        "made_at",
        column("made_by.__str__", "计算人"),
    ]
    list_filter = [edition_filter()]
    list_select_related = ["edition__programme__honour_kind", "made_by"]
    list_acts = {
        "make": Act(
            "计算排名",
            actions.make_ranking,
            EditionForm,
            Permission.RANKING_MAKE,
            done="排名已计算并存档。",
            warning="评分全部提交后才能计算。每次计算都存档，不覆盖以前的结果。",
        ),
        "make_overall": Act(
            "计算综合评价",
            actions.make_overall_ranking,
            EditionForm,
            Permission.RANKING_MAKE,
            done="综合评价已计算并存档，评委会会议页面可以看到。",
            warning="只计算入围的申报，各评审环节按规定的权重合成。每次计算都存档，不覆盖以前的结果。",
        ),
    }
    acts = {
        "shortlist": Act(
            "按此排名确定入围",
            actions.shortlist,
            ShortlistForm,
            Permission.RANKING_MAKE,
            when=is_to_be_used,
            done="入围名单已确定。",
            warning=lambda ranking: (
                f"入围线以上 {sum(row['above_line'] for row in ranking.rows)} 家入围，"
                f"其余 {sum(not row['above_line'] for row in ranking.rows)} 家不入围。确定后评分不能再修改。"
            ),
            is_grave=True,
        )
    }

    def get_queryset(self, request):
        """A list does without the marks, which are most of a ranking; pages of places read their own."""
        rankings = super().get_queryset(request).select_related("edition__programme__honour_kind", "made_by")
        page = request.resolver_match.url_name.removeprefix(f"{self.label}_")
        if page == "changelist":
            return rankings.defer("rows", "scheme")
        rankings = rankings.select_related("edition__rubric")
        return rankings.defer("rows") if page in {"change", "places"} else rankings

    def get_fieldsets(self, request, obj=None):
        return []

    def get_urls(self):
        return [
            self.page("<path:object_id>/places/", self.places_view, "places"),
            self.page("<path:object_id>/places/<int:application>/", self.place_view, "place"),
            self.page("<path:object_id>/papers/<int:paper>/", self.paper_view, "paper"),
            *super().get_urls(),
        ]

    def record_links(self, request, record):
        return [("逐家名次说明", self.page_url("places", record))] if record.rule_version != "1" else []

    def page_url(self, name, ranking, *more):
        return reverse(f"admin:awards_ranking_{name}", args=[ranking.pk, *more])

    def record_context(self, request, record):
        rules, form = record.edition.settled, PlaceFilter(request.GET)
        asked = form.cleaned_data if form.is_valid() else {"q": "", "sort": ""}
        page = page_of(
            record,
            size=PLACES_A_PAGE,
            text=asked["q"],
            is_falling=asked["sort"] == "-place",
            page=request.GET.get("page"),
        )
        is_whole = "check" in request.GET or (page.paginator.num_pages == 1 and not asked["q"])
        return {
            "form": form,
            "asked": asked,
            "page": page,
            "is_whole": is_whole,
            "facts": [
                ("名额上限", rules["quota"]),
                ("入围差额比例", rules["shortlist_per_place"]),
                ("线以上名次", record.places),
                ("入围最低总分", rules["score_threshold"]),
                *_scheme_facts(record),
                ("计算时间", f"{localtime(record.made_at):%Y-%m-%d %H:%M}"),
                ("计算人", record.made_by),
            ],
            "problems": recomputed(record) if is_whole else recomputed_alone(record, list(page)),
            "left": left_since(record),
        }

    def places_view(self, request, object_id):
        """Every place explained, ten a page; a POST has all of them drawn as one paper."""
        ranking = self.fetch_explained(request, object_id)
        if request.method == "POST":
            return self.request_paper(request, ranking, None)
        page, is_whole = page_of(ranking, size=EXPLAINED_A_PAGE, page=request.GET.get("page")), "check" in request.GET
        rows = list(page)
        near = Places(ranking).equal_to(rows)
        problems = recomputed(ranking, rows) if is_whole else recomputed_alone(ranking, rows)
        found = {"title": "逐家名次说明", "page": page, "problems": problems, "is_whole": is_whole}
        return self.explain(request, ranking, rows, near, found)

    def place_view(self, request, object_id, application):
        """One place explained; a POST has it drawn as a paper."""
        ranking = self.fetch_explained(request, object_id)
        rows = [row for row in ranking.rows if row["application"] == application]
        if not rows:
            raise Http404
        if request.method == "POST":
            return self.request_paper(request, ranking, application)
        found = {"title": f"第 {rows[0]['place']} 名的说明", "problems": recomputed(ranking, rows), "is_whole": True}
        return self.explain(request, ranking, rows, ranking.rows, found)

    def fetch_explained(self, request, object_id):
        ranking = self.fetch(request, object_id)
        if ranking.rule_version == "1":
            raise Http404
        return ranking

    def explain(self, request, ranking, rows, near, found):
        """The page of these places; `near` are those with the same scores at least."""
        application = None if "page" in found else rows[0]["application"]
        actions.log_ranking_reading(ranking, by=request.user, what=rows[0]["number"] if application else "全部名次")
        sheets = [sheet["sheet"] for row in rows for sheet in row["sheets"]]
        experts = experts_of(sheets) if request.user.has_perm(Permission.REVIEW_ASSIGN) else {}
        later = later_of(ranking, rows)
        places = [account.explained(row, near, ranking.scheme, later[row["application"]]) for row in rows]
        context = {
            **self.admin_site.each_context(request),
            **found,
            "opts": self.opts,
            "ranking": ranking,
            "record_url": self.record_url(ranking),
            "places": [(place, [experts.get(s["sheet"]) for s in place.row["sheets"]]) for place in places],
            "paper": ranking.papers.filter(application=application).first(),
            "tie_words": account.TIE_WORDS[ranking.scheme["tie_rule"]],
            "basis": account.basis_said(ranking.scheme),
        }
        return TemplateResponse(request, "awards/decisions/account.html", context)

    def request_paper(self, request, ranking, application):
        try:
            paper_actions.request_paper(ranking, by=request.user, application=application)
        except (Refused, WrongState) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "名次说明正在后台生成，完成后在本页下载。")
        return redirect(request.path)

    @method_decorator(require_safe)
    def paper_view(self, request, object_id, paper):
        """A drawn account, noted in the trail."""
        drawn = RankingPaper.objects.filter(ranking=self.fetch(request, object_id), state=RankingPaper.State.DRAWN)
        paper = get_object_or_404(drawn.select_related("ranking"), pk=paper)
        paper_actions.log_download(paper, by=request.user)
        response = FileResponse(paper.pdf.open("rb"), as_attachment=True, filename=f"名次说明{paper.ranking_id}.pdf")
        response["Content-Type"] = "application/pdf"
        response["Cache-Control"] = "private, no-store"
        return response


def _scheme_facts(ranking):
    """What the ranking was computed by, where it says so itself."""
    scheme = ranking.scheme
    if not scheme:
        return [("计算规则", "第 1 版：算术平均，总分相同的名次相同")]
    trim = trimming_said(str(scheme["trim_from"]))
    return [
        ("计算规则", f"第 {ranking.rule_version} 版"),
        ("最高分和最低分", trim),
        ("并列", account.TIE_WORDS[scheme["tie_rule"]]),
        ("输入的 SHA-256", ranking.digest),
    ]
