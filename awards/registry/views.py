from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from awards.applications.sections import INDICATORS, PROFILE, REPORT_LIMIT
from awards.programmes.queries import catalogue_of, last_window_change
from awards.publicity.queries import released_notices
from enterprises.audit.queries import last_seq
from foshan_quality.lib import clock

from . import queries
from .forms import LaureateFilter
from .sheets import csv_text
from .shelf import conditions

PAGE = 50


@login_not_required
@require_safe
def home(request):
    """The front page. What is drawn for a visitor nobody knows serves the others of the same second.

    Any act logged in between draws it anew, so that a window closed on screen is closed here at once.
    """
    if set(request.COOKIES) - {settings.CSRF_COOKIE_NAME}:
        return _home(request)
    fresh = last_seq(), clock.now().replace(microsecond=0)
    if kept.get("of") != fresh:
        kept.update(of=fresh, content=_home(request).content)
    return HttpResponse(kept["content"])


kept = {}  # in each process: the page drawn last for a visitor without cookies, and what it was drawn `of`


def _home(request):
    moment = clock.now()
    season = queries.leading_season(moment)
    context = {
        "season": season,
        "window_change": last_window_change(season.edition) if season else None,
        "others": queries.other_running_editions(season and season.edition),
        "notices": released_notices(moment)[:5],
        "laureates": queries.latest_laureates(),
        "today": clock.today(),
    }
    return render(request, "awards/registry/home.html", context)


@login_not_required
@require_safe
def guide(request):
    edition = queries.leading_edition()
    rubric = edition.rubric if edition else queries.newest_rubric()
    confirmed, unconfirmed = queries.confirmed_rules(edition) if edition else ([], [])
    criteria = queries.criteria(rubric) if rubric else []
    context = {
        "edition": edition,
        "window_change": last_window_change(edition) if edition else None,
        "rubric": rubric,
        "criteria": criteria,
        "total": sum(row["points"] for row in criteria),
        "item_count": sum(len(row["items"]) for row in criteria),
        "confirmed": confirmed,
        "unconfirmed": unconfirmed,
        "conditions": conditions(),
        "documents": catalogue_of(edition),
        "indicators": INDICATORS,
        "profile": PROFILE,
        "report_limit": REPORT_LIMIT,
    }
    return render(request, "awards/registry/guide.html", context)


@login_not_required
@require_safe
def laureates(request):
    form = LaureateFilter(request.GET, years=queries.honour_years())
    wanted = form.wanted
    honours = queries.laureates(**wanted)
    context = {
        "form": form,
        "page": Paginator(honours, PAGE).get_page(request.GET.get("page")),
        "holders": queries.holders(honours),
        "gaps": [] if wanted.pop("name") else queries.gaps_in(**wanted),
        "targets": queries.counted_targets(),
        "is_filtered": any(request.GET.get(field) for field in form.fields),
        "query": request.GET.urlencode(),
    }
    return render(request, "awards/registry/laureates.html", context)


@login_not_required
@require_safe
def laureates_csv(request):
    form = LaureateFilter(request.GET, years=queries.honour_years())
    rows = [_csv_row(honour) for honour in queries.laureates(**form.wanted)]
    header = [
        "荣誉",
        "级别",
        "年度",
        "获奖单位",
        "公布日期",
        "公开报道的奖励（元）",
        "来源",
        "说明",
        "证书编号",
        "状态",
    ]
    response = HttpResponse(csv_text(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        "attachment; filename=\"laureates.csv\"; filename*=UTF-8''%E8%8E%B7%E5%A5%96%E5%90%8D%E5%BD%95.csv"
    )
    return response


def _csv_row(honour):
    certificate = getattr(honour, "certificate", None)
    return [
        honour.kind.name,
        honour.kind.get_level_display(),
        honour.year,
        honour.organisation_name,
        honour.announced_on,
        honour.reported_amount,
        honour.source,
        honour.note,
        certificate.number if certificate else "",
        _standing(honour),
    ]


def _standing(honour):
    """Only what this portal has granted is called valid; older records are what was published."""
    if honour.revoked_on:
        return f"{honour.revoked_on} 撤销"
    if honour.is_rehearsal:
        return "演练"
    return "有效" if honour.resolution else "公开记录"
