"""The page of the office on which an expert reads what one has taken part in: no case's content, no score."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from awards.experts.own_admin import OWN_RECORD
from foshan_quality.office import OfficePage
from foshan_quality.permissions import Role

from .own_queries import own_seasons, own_trainings

TITLE = "我参加评审的记录"


def is_expert(user):
    return Role.EXPERT in user.roles


@require_safe
def own_reviews(request):
    """Every season of this expert: answer, promise, in how many cases as what, how they ended."""
    if not is_expert(request.user):
        raise PermissionDenied
    context = admin.site.each_context(request) | {
        "title": TITLE,
        "seasons": own_seasons(request.user),
        "trainings": own_trainings(request.user),
    }
    return TemplateResponse(request, "awards/reviews/own_reviews.html", context)


admin.site.add_page(OfficePage("own-reviews/", OWN_RECORD, own_reviews, label=TITLE, is_for=is_expert))
