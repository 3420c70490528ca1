from dataclasses import replace
from functools import wraps

from django.contrib import admin
from django.http import Http404
from django.urls import reverse

from awards.programmes.admin import edition_filter
from foshan_quality.office import Act, OfficeAdmin, Todo, column, day_column
from foshan_quality.permissions import Permission, Role

from . import actions
from .models import Kind, Letter, LetterWording
from .office_forms import CorrectionForm, NewWordingForm, WordingForm
from .queries import letters_of, stale_unlettered
from .views import served


def may_be_corrected(letter):
    is_settled = letter.kind != Kind.RECOMMENDATION and letter.state != Letter.State.QUEUED
    return is_settled and letter.successor is None


@admin.register(Letter)
class LetterAdmin(OfficeAdmin):
    """Letters: numbered and drawn by a task, downloaded to be sealed; a corrected one is a new one."""

    list_display = [
        "number_said",
        "kind",
        column("application.organisation.name", "申报单位", order="application__organisation__name"),
        "state_mark",
        "problem",
        day_column("written_at", "编号时间"),
    ]
    list_filter = [edition_filter("application__edition"), "kind", "state"]
    search_fields = ["number", "application__number", "application__organisation__name"]
    search_help_text = "文号、申报编号或单位名称"
    fields = [
        "number_said",
        "kind",
        column("application.__str__", "申报"),
        column("addressee", "主送"),
        "written_at",
        column("replaces", "更正并替代"),
        "replaces_because",
        column("successor", "已被更正，见"),
        "attempts",
        "problem",
        "drawn_at",
        "pages",
        "digest",
    ]
    readonly_fields = ["number_said"]
    acts = {
        "correct": Act(
            "更正文书",
            actions.correct,
            CorrectionForm,
            Permission.LETTER_ISSUE,
            when=may_be_corrected,
            done="更正文书已编号，正在后台生成；原文书保留。",
            warning="更正后的文书使用新文号，写明替代的原文号；原文书保留，不能删除。",
            is_grave=True,
            back_to_list=True,
        ),
        "retry_letter": Act("重新生成", actions.retry, done="已重新排队，文号不变。"),
    }
    todos = {"parked": Todo("文书生成失败，待处理", Role.SECRETARIAT, lambda rows, user: rows.filter(state="parked"))}

    @admin.display(description="文号", ordering="number")
    def number_said(self, letter):
        return letter.number or "由区编号"

    def get_queryset(self, request):
        whole = ["application__organisation", "application__edition__programme__honour_kind"]
        return super().get_queryset(request).select_related(*whole, "replaces__application", "replaced_by__application")

    def get_urls(self):
        return [self.page("<path:object_id>/download/", self.download_view, "download"), *super().get_urls()]

    def record_links(self, request, record):
        is_drawn = record.state == Letter.State.DRAWN
        return [("下载文书", reverse("admin:awards_letter_download", args=[record.pk]))] if is_drawn else []

    def download_view(self, request, object_id):
        """The drawn PDF; the trail says who took it."""
        letter = self.fetch(request, object_id)
        if letter.state != Letter.State.DRAWN:
            raise Http404
        return served(letter, by=request.user)


@admin.register(LetterWording)
class LetterWordingAdmin(OfficeAdmin):
    """What an edition's letters say beyond the decision: the code of their numbers, basis, remedy."""

    list_display = [
        column("edition.__str__", "届次", order="edition"),
        "kind",
        "code",
        "source",
        column("is_confirmed", "已经核定"),
        "changed_at",
    ]
    list_filter = [edition_filter(), "kind"]
    list_select_related = ["edition__programme__honour_kind"]
    fields = [
        column("edition.__str__", "届次"),
        "kind",
        "code",
        "basis",
        "remedy",
        "source",
        column("is_confirmed", "已经核定"),
        "changed_at",
        column("changed_by.__str__", "修改人"),
    ]
    list_acts = {
        "set": Act(
            "设置文书用语",
            actions.set_wording,
            NewWordingForm,
            Permission.EDITION_PREPARE,
            done="文书用语已保存，此后编号的文书照此办理。",
            warning="已经编号的文书不受影响。没有设置的届次使用参考文本和待填的机关代字。",
            back_to_list=True,
        )
    }
    acts = {
        "set": Act(
            "修改文书用语",
            lambda record, **given: actions.set_wording(edition=record.edition, kind=record.kind, **given),
            WordingForm,
            Permission.EDITION_PREPARE,
            done="文书用语已保存，此后编号的文书照此办理。",
            warning="已经编号的文书不受影响。",
        )
    }

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition__programme__honour_kind", "changed_by")


# --- on the application's page ------------------------------------------------------------------------


def with_letters(acts):
    """The application's acts, each followed by the letters about what it decided; and 补发 of missing ones."""
    return {name: replace(act, run=_then_letters(act.run)) for name, act in acts.items()} | {
        "write_letters": Act(
            "补发文书",
            actions.write_missing,
            permission=Permission.LETTER_ISSUE,
            when=lambda application: bool(stale_unlettered(application)),
            done="文书已编号，正在后台生成。",
            warning="为还没有文书的审查决定依次编号、生成文书，落款日期为决定作出之日。",
        )
    }


def _then_letters(run):
    @wraps(run)
    def done(application, *, by, **given):
        result = run(application, by=by, **given)
        actions.call_for_letters(application)
        return result

    return done


def letters_context(application):
    """What the application's page shows of its letters."""
    return {"letters": letters_of(application)}
