from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foshan_quality.lib import clock

from .queries import released_notices

NEWEST = 50
PUBLIC = ["home", "guide", "notices", "laureates", "verify_form"]


@login_not_required
@never_cache
@require_safe
def notices_feed(request):
    """The newest released notices as Atom; read from the same rows as the page, so nothing is told early."""
    feed = Atom1Feed(
        title=f"{settings.PORTAL_NAME}公示公告",
        link=settings.SITE_URL + reverse("notices"),
        description="",
        language="zh-CN",
        feed_url=settings.SITE_URL + reverse("notices_feed"),
        author_name=settings.DEPARTMENT_NAME,
    )
    for notice in released_notices(clock.now())[:NEWEST]:
        link = settings.SITE_URL + notice.get_absolute_url()
        feed.add_item(
            title=notice.title,
            link=link,
            unique_id=link,
            description=f"{notice.edition}，公示期 {notice.first_day} 至 {notice.last_day}",
            pubdate=notice.published_at,
            updateddate=notice.withdrawn_at or notice.published_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@login_not_required
@never_cache
@require_safe
def sitemap(request):
    """Every public page there is now."""
    pages = [{"url": settings.SITE_URL + reverse(name), "changed": None} for name in PUBLIC]
    pages += [
        {"url": settings.SITE_URL + notice.get_absolute_url(), "changed": notice.withdrawn_at or notice.published_at}
        for notice in released_notices(clock.now())
    ]
    return render(request, "awards/publicity/sitemap.xml", {"pages": pages}, content_type="application/xml")
