"""The five districts of Foshan (GB/T 2260 codes)."""

from django.db.models import TextChoices


class District(TextChoices):
    CHANCHENG = "440604", "禅城区"
    NANHAI = "440605", "南海区"
    SHUNDE = "440606", "顺德区"
    SANSHUI = "440607", "三水区"
    GAOMING = "440608", "高明区"
