from django.contrib import admin

from foshan_quality.office import OfficeAdmin

from .models import Rubric
from .queries import categories_of


@admin.register(Rubric)
class RubricAdmin(OfficeAdmin):
    """The criteria as loaded; another version is another row."""

    change_form_template = "awards/programmes/rubric.html"
    list_display = ["title", "code", "total", "step"]
    fields = ["title", "code", "total", "step", "note"]

    def record_context(self, request, record):
        return {"categories": categories_of(record)}
