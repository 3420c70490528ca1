from django.db import models


class AuditEvent(models.Model):
    """One act, as it was. No foreign keys: the trail outlives what it speaks of."""

    seq = models.BigIntegerField("序号", primary_key=True)
    at = models.DateTimeField("时间", db_index=True)
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=60)
    address = models.CharField("来源地址", max_length=45, blank=True)
    verb = models.CharField("动作", max_length=60, db_index=True)
    target_type = models.CharField("对象类型", max_length=60)
    target_id = models.CharField("对象编号", max_length=40, db_index=True)
    target_name = models.CharField("对象", max_length=200)
    before = models.CharField("原状态", max_length=40, blank=True)
    after = models.CharField("新状态", max_length=40, blank=True)
    note = models.TextField("说明", blank=True)
    details = models.JSONField("细节", default=dict)
    previous = models.CharField("前一行摘要", max_length=64)
    digest = models.CharField("本行摘要", max_length=64, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "审计日志"
        ordering = ["-seq"]

    def __str__(self):
        return f"{self.seq} {self.verb} {self.target_name}"
