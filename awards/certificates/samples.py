"""Three samples of a template as one PDF: a short name, one of sixty characters and one with rare characters."""

import io
from datetime import date

import pikepdf
from django.conf import settings

from foshan_quality.lib import clock

from . import rendering
from .wording import worded

SHORT = "佛山市样张陶瓷有限公司"
LONG = "佛山市南海区样张精密机械新材料与智能制造装备技术研究开发（集团）股份有限公司"
LONG += "顺德第二分公司国际贸易与工程服务部门中心一"
RARE = "佛山市𠮷田堃犇骉龘电器有限公司"


def draw(template):
    """The samples; marked on every page, with a code that nothing answers to."""
    year = clock.today().year
    honour = template.programme.honour_kind.name
    values = {
        "resolution": f"样府〔{year}〕1号",
        "edition": f"第一届（{year}年）",
        "honour": honour,
        "year": f"{year}年",
        "issuer": settings.ISSUER_NAME,
    }
    wording = worded(template, values, issued_on=date(year, 1, 1), is_rehearsal=True, is_demo_key=False)
    code = "0" * 26
    number = template.programme.certificate_form.format(year=year, ordinal=1, sequence=1)
    faces = [
        rendering.Face(wording, number, name, f"{settings.SITE_URL}/verify/{code}/", code)
        for name in (SHORT, LONG, RARE)
    ]
    with pikepdf.new() as together:
        for page in rendering.draw_many(faces):
            with pikepdf.open(io.BytesIO(page)) as one:
                together.pages.extend(one.pages)
        out = io.BytesIO()
        together.save(out)
        return out.getvalue()
