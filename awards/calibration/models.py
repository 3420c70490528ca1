from awards.applications.models import Application


class ReviewCase(Application):
    """An admitted application as the secretariat's review board shows it."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = "评审进度"
