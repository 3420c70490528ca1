from .models import Notice


def released_notices(moment):
    """Notices released by that moment, newest first, each with its edition. One query."""
    return Notice.objects.public().filter(published_at__lte=moment).select_related("edition__programme__honour_kind")
