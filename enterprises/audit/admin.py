from django.contrib import admin

from foshan_quality.office import OfficeAdmin

from .models import AuditEvent
from .words import VERBS, kind_said, state_said, verb_said


class VerbFilter(admin.SimpleListFilter):
    title, parameter_name = "动作", "verb"

    def lookups(self, request, model_admin):
        return VERBS.items()

    def queryset(self, request, queryset):
        return queryset.filter(verb=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    title, parameter_name = "对象类型", "target_type"

    def lookups(self, request, model_admin):
        kinds = AuditEvent.objects.order_by("target_type").values_list("target_type", flat=True).distinct()
        return [(kind, kind_said(kind)) for kind in kinds]

    def queryset(self, request, queryset):
        return queryset.filter(target_type=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(OfficeAdmin):
    """A window on the trail: search it, never touch it."""

    list_display = ["seq", "at", "actor_name", "act", "kind", "target_name", "was", "became"]
    list_filter = [KindFilter, VerbFilter]
    search_fields = ["actor_name", "target_name", "target_id", "note"]
    search_help_text = "操作人、对象、对象编号或说明"
    date_hierarchy = "at"
    fields = [
        "seq",
        "at",
        "actor_name",
        "actor_id",
        "address",
        "act",
        "kind",
        "target_name",
        "target_id",
        "was",
        "became",
        "note",
        "details",
        "previous",
        "digest",
    ]

    @admin.display(description="动作", ordering="verb")
    def act(self, event):
        return verb_said(event.verb)

    @admin.display(description="对象类型", ordering="target_type")
    def kind(self, event):
        return kind_said(event.target_type)

    @admin.display(description="原状态")
    def was(self, event):
        return state_said(event.target_type, event.before)

    @admin.display(description="新状态")
    def became(self, event):
        return state_said(event.target_type, event.after)
