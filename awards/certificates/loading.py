"""The first version of each programme's certificate. Safe to repeat."""

import json
from pathlib import Path

from awards.programmes.models import Programme
from foshan_quality.lib import clock

from .models import CertificateTemplate

SHELF = Path(__file__).parent / "data"


def load_templates():
    """A template for every programme that has none yet; what staff have put into use stays."""
    for row in json.loads((SHELF / "default_templates.json").read_text("utf-8")):
        programme = Programme.objects.get(code=row.pop("programme"))
        if not programme.certificate_templates.exists():
            now = clock.now()
            CertificateTemplate.objects.create(
                programme=programme, version=1, state="adopted", proposed_at=now, decided_at=now, **row
            )
    return f"证书版式 {CertificateTemplate.objects.count()} 版"
