from django.db.models import Sum

from .models import Item

_known = {}  # in each process: rubric → its items. A rubric once loaded is never changed (loading.py)


def items_of(rubric):
    """The rubric's scored items in order, each with its category. One query, in a process that does not know it yet."""
    if not _known.get(rubric.pk):
        _known[rubric.pk] = list(Item.objects.filter(category__rubric=rubric).select_related("category").order_by("pk"))
    return list(_known[rubric.pk])


def points_of(rubric):
    """What each item is worth, by item code. One query."""
    return dict(Item.objects.filter(category__rubric=rubric).order_by("pk").values_list("code", "points"))


def categories_of(rubric):
    """The rubric's categories with their items, and what each category is worth as `points`. Two queries."""
    return list(rubric.categories.annotate(points=Sum("items__points")).prefetch_related("items").order_by("pk"))
