"""What an expert's window leads to once there is nothing behind it any more: the own record of taking part."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from awards.programmes.models import SEASON_OVER
from foshan_quality.office import OfficeAdmin
from foshan_quality.permissions import Role

OWN_RECORD = "own_reviews"  # the page of the office with what an expert has taken part in
OVER = "这件评审对您已经结束：本届评审已结束，或者您已退出该件。材料已按规定收回；您参加评审的记录在本页。"


class OwnAdmin(OfficeAdmin):
    """Records that experts see while the season lasts and they hold their seat.

    Messages keep their links. Where one leads to a record that was this expert's, and is not any more, the way goes on
    to the own record; whoever never had a part in it learns nothing. `own_path` leads from the record to the expert's
    account, `edition_path` to the edition, `left` says how a seat looks that was left.
    """

    own_path = "application__assignments__expert"
    edition_path = "application__edition"
    left = Q(application__assignments__state="recused")

    def was_own(self, user, object_id):
        """Whether this expert had a part in the record that is over. One query."""
        if Role.EXPERT not in user.roles or not object_id.isdigit():
            return False
        is_over = Q(**{f"{self.edition_path}__state__in": SEASON_OVER})
        own = self.model._default_manager.filter(Q(**{self.own_path: user}) & (is_over | self.left))
        return own.filter(pk=object_id).exists()

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):
        if self.get_object(request, object_id) is None and self.was_own(request.user, object_id):
            messages.info(request, OVER)
            return redirect(f"admin:{OWN_RECORD}")
        return super().change_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request, extra_context=None):
        """An expert finds the own record beside a list that may have become empty."""
        is_expert = Role.EXPERT in request.user.roles
        return super().changelist_view(request, {"has_own_record": is_expert} | (extra_context or {}))
