from django.contrib import admin

from awards.process import State
from awards.programmes.admin import edition_filter
from foshan_quality.office import Act, OfficeAdmin, Todo, column, yuan_column
from foshan_quality.office_forms import ReasonForm
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import Honour, Resolution
from .office_forms import HonourForm, ResolutionForm


def effect_said(resolution):
    winners = resolution.edition.applications.filter(state=State.PUBLICISED).count()
    return f"请与盖章原件核对文号、标题和成文日期。生效后 {winners} 家单位获奖，名录公开并通知申报单位，不能撤回。"


@admin.register(Resolution)
class ResolutionAdmin(OfficeAdmin):
    """The government's documents: entered by one, confirmed against the original by another."""

    list_display = [
        "number",
        "title",
        column("edition.__str__", "届次"),
        "issued_on",
        "state_mark",
        column("entered_by.__str__", "录入人"),
    ]
    list_filter = [edition_filter(), "state"]
    list_select_related = ["edition__programme__honour_kind", "entered_by"]
    fields = [
        column("edition.__str__", "届次"),
        "number",
        "title",
        "issued_on",
        "entered_at",
        column("entered_by.__str__", "录入人"),
        "confirmed_at",
        column("confirmed_by", "核对人"),
    ]
    list_acts = {
        "enter": Act(
            "录入批准文件",
            actions.enter,
            ResolutionForm,
            Permission.RESOLUTION_ENTER,
            done="已录入，尚未生效。请由另一名工作人员与原件核对。",
        )
    }
    acts = {
        "confirm": Act(
            "与原件核对一致，生效",
            actions.confirm,
            hindrance=lambda record, user: (
                "您是录入人，须由另一名工作人员与原件核对。" if record.entered_by_id == user.pk else ""
            ),
            done="批准文件已生效，获奖单位已产生。",
            warning=effect_said,
            is_grave=True,
        ),
        "drop": Act("作废", actions.drop, ReasonForm, done="已作废。", warning="录入有误时作废，然后重新录入。"),
    }
    todos = {
        "confirm": Todo(
            "批准文件待您核对",
            Role.SECRETARIAT,
            lambda rows, user: rows.filter(state=Resolution.State.ENTERED).exclude(entered_by=user),
        )
    }


@admin.register(Honour)
class HonourAdmin(OfficeAdmin):
    """Everything granted: by our resolutions, and past and higher honours with their source."""

    list_display = [
        column("organisation_name", "获奖单位", order="organisation_name"),
        column("kind.__str__", "荣誉", order="kind"),
        "year",
        "announced_on",
        "source",
        column("is_rehearsal", "演练"),
    ]
    list_filter = ["kind", "year", "is_rehearsal"]
    list_select_related = ["kind"]
    search_fields = ["organisation_name", "source"]
    search_help_text = "单位名称或来源"
    fields = [
        "organisation_name",
        column("kind.__str__", "荣誉"),
        "year",
        "announced_on",
        "source",
        yuan_column("reported_amount", "公开报道的奖励（元）"),
        "note",
        column("is_rehearsal", "演练"),
        "revoked_on",
    ]
    list_acts = {
        "record": Act(
            "登记上级荣誉",
            actions.record_honour,
            HonourForm,
            Permission.HONOUR_RECORD,
            done="荣誉已登记。",
        )
    }
