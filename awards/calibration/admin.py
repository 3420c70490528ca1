from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from awards.programmes.queries import in_focus
from awards.rubric.models import Rubric
from foshan_quality.lib import clock
from foshan_quality.lib.sheets import XLSX, xlsx_bytes
from foshan_quality.office import OfficeAdmin
from foshan_quality.permissions import Permission

from . import actions, tables
from .board import FLAGS, page_of, sheets_in
from .models import ReviewCase
from .office_forms import BoardFilter
from .queries import calibrated, editions_with_reviews

HEADINGS = [("number", "申报编号"), ("", "申报单位"), ("", "所在区"), ("received", "已评／应评"), ("mean", "均分")]
HEADINGS += [("spread", "极差"), ("", "标记"), ("", "状态")]
NUMBERS = {"received", "mean", "spread"}


@admin.register(ReviewCase)
class ReviewCaseAdmin(OfficeAdmin):
    """How the review of an edition is going, case by case, and how alike its experts mark. For the secretariat."""

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(Permission.REVIEW_ASSIGN)

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def get_urls(self):
        return [
            self.page("calibration/<int:edition>/", self.calibration_view, "calibration"),
            self.page("calibration/<int:edition>/<slug:table>.xlsx", self.export_view, "export"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def changelist_view(self, request, extra_context=None):
        """The board: one page of cases; every filter stands in the address and is said in words."""
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.REVIEW_ASSIGN)
        if set(request.GET) - {*BoardFilter.base_fields, "page"}:
            return HttpResponseBadRequest("没有这样的筛选条件。", content_type="text/plain; charset=utf-8")
        editions = editions_with_reviews()
        first = None if "edition" in request.GET else in_focus(editions)
        given = {"edition": str(first.pk) if first else ""} | request.GET.dict()
        form = BoardFilter(given, editions=editions)
        asked = form.cleaned_data if form.is_valid() else {}
        edition = next((e for e in editions if str(e.pk) == asked.get("edition")), None)
        context = {
            **self.admin_site.each_context(request),
            "title": self.opts.verbose_name_plural,
            "opts": self.opts,
            "form": form,
            "edition": edition,
        }
        if edition:
            context |= self.board(request, edition, asked)
        return TemplateResponse(request, "awards/calibration/board.html", context)

    def board(self, request, edition, asked):
        sort = asked["sort"] or "number"
        page, rows = page_of(
            edition,
            clock.now(),
            text=asked["q"].strip(),
            district=asked["district"],
            flag=asked["flag"],
            sort=sort,
            page=request.GET.get("page", 1),
        )
        received, expected = sheets_in(edition)
        headings = [
            (label, name and (f"-{name}" if sort == name else name), _arrow(sort, name), name in NUMBERS)
            for name, label in HEADINGS
        ]
        return {
            "page": page,
            "rows": [(case, figures, [FLAGS[flag] for flag in figures.flags]) for case, figures in rows],
            "headings": headings,
            "received": received,
            "expected": expected,
            "is_narrowed": bool(asked["q"].strip() or asked["district"] or asked["flag"]),
            "calibration_url": reverse("admin:awards_reviewcase_calibration", args=[edition.pk]),
        }

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A case's page is its application's."""
        return redirect("admin:awards_application_change", self.fetch(request, object_id).pk)

    def edition_of(self, request, edition):
        """The edition, and all one may choose from."""
        if not self.has_view_permission(request):
            raise PermissionDenied(Permission.REVIEW_ASSIGN)
        editions = editions_with_reviews()
        found = next((e for e in editions if e.pk == edition), None)
        if found is None:
            raise Http404
        return found, editions

    @method_decorator(require_safe)
    def calibration_view(self, request, edition):
        """Severity and spread of each expert, agreement, and what would move; estimates, never applied."""
        edition, editions = self.edition_of(request, edition)
        actions.log_reading(edition, by=request.user)
        calibration = calibrated(edition)
        context = {
            **self.admin_site.each_context(request),
            "title": "评分校准",
            "opts": self.opts,
            "edition": edition,
            "others": [other for other in editions if other != edition],
            "calibration": calibration,
            "experts": [
                (s, calibration.names.get(s.expert, ""), tables.verdict(s)) for s in calibration.model.severities
            ],
            "rubric": Rubric.objects.get(pk=edition.rubric_id),
            "exports": [
                (title, reverse("admin:awards_reviewcase_export", args=[edition.pk, name]))
                for name, (title, _table) in tables.TABLES.items()
            ],
        }
        return TemplateResponse(request, "awards/calibration/calibration.html", context)

    @method_decorator(require_safe)
    def export_view(self, request, edition, table):
        """One table of the calibration as a file."""
        edition, _editions = self.edition_of(request, edition)
        if table not in tables.TABLES:
            raise Http404
        title, shaped = tables.TABLES[table]
        actions.log_export(edition, by=request.user, table=table)
        response = HttpResponse(xlsx_bytes(*shaped(calibrated(edition)), title=title), content_type=XLSX)
        response["Content-Disposition"] = f'attachment; filename="calibration-{table}.xlsx"'
        response["Cache-Control"] = "private, no-store"
        return response


def _arrow(sort, name):
    return {name: "从小到大", f"-{name}": "从大到小"}.get(sort, "") if name else ""
