from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import conditional_page, require_safe

from awards.applications.sections import INDICATORS, PROFILE, REPORT_LIMIT
from awards.programmes.queries import catalogue_of, last_window_change
from awards.publicity.queries import released_notices
from enterprises.audit.queries import last_seq
from enterprises.organisations.queries import former_names_of
from foshan_quality.lib import clock

from . import queries
from .forms import LaureateFilter
from .open_data import FIELDS, LICENCE, SOURCE, VERSION, record_of, schema
from .sheets import csv_text
from .shelf import conditions

PAGE = 50
READABLE = {"ensure_ascii": False, "indent": 1}


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
def laureate(request, pk):
    """Everything on record about the holder of this honour; rehearsals stand apart."""
    honour = get_object_or_404(queries.laureates(), pk=pk)
    honours = queries.honours_of(honour)
    real = [row for row in honours if not row.is_rehearsal]
    context = {
        "honour": honour,
        "name": honour.organisation.name if honour.organisation else honour.organisation_name,
        "former_names": former_names_of(honour.organisation) if honour.organisation else [],
        "honours": real,
        "rehearsed": [row for row in honours if row.is_rehearsal],
        "gaps": [gap for kind in {row.kind for row in real} for gap in queries.gaps_in(kind=kind)],
    }
    return render(request, "awards/registry/laureate.html", context)


@login_not_required
@require_safe
def laureates_data(request):
    """What the open data hold: fields, files, version, licence."""
    context = {
        "fields": FIELDS,
        "version": VERSION,
        "licence": LICENCE,
        "source": SOURCE,
        "site_url": settings.SITE_URL,
    }
    return render(request, "awards/registry/data.html", context)


def _open(response):
    """Anybody's pages may read open data, and caches may ask whether it changed."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _schema_address():
    return settings.SITE_URL + reverse("laureates_schema")


@login_not_required
@require_safe
@conditional_page
def laureates_schema(request):
    return _open(JsonResponse(schema(_schema_address()), json_dumps_params=READABLE))


def _wanted(request):
    """The filter of the address, and the gaps of such a list."""
    wanted = LaureateFilter(request.GET, years=queries.honour_years()).wanted
    rest = {key: value for key, value in wanted.items() if key != "name"}
    return wanted, [] if wanted["name"] else queries.gaps_in(**rest)


@login_not_required
@require_safe
@conditional_page
def laureates_json(request):
    """The register, filtered as the page is. Its ETag is of the content, so an unchanged list costs no transfer."""
    wanted, gaps = _wanted(request)
    records = [record_of(honour) for honour in queries.laureates(**wanted)]
    content = {
        "schema": _schema_address(),
        "version": VERSION,
        "licence": LICENCE,
        "source": SOURCE,
        "count": len(records),
        "records": records,
        "gaps": [str(gap) for gap in gaps],
    }
    return _open(JsonResponse(content, json_dumps_params=READABLE))


@login_not_required
@require_safe
@conditional_page
def laureates_csv(request):
    """The same records as a table that spreadsheets open as text."""
    wanted, _gaps = _wanted(request)
    rows = [list(record_of(honour).values()) for honour in queries.laureates(**wanted)]
    content = csv_text([field.heading for field in FIELDS], rows)
    response = _open(HttpResponse(content, content_type="text/csv; charset=utf-8"))
    response["Content-Disposition"] = (
        "attachment; filename=\"laureates.csv\"; filename*=UTF-8''%E8%8E%B7%E5%A5%96%E5%90%8D%E5%BD%95.csv"
    )
    return response
