"""The turns of a row that waits to be drawn. Certificates, letters, printouts and page pictures are such rows."""

from contextlib import suppress

from django.db.models import F

from .printing import MissingGlyphs
from .problems import WrongState

MAX_ATTEMPTS = 5
WORN_OUT = f"试了 {MAX_ATTEMPTS} 次都没有完成，请联系系统管理员查看日志。"


def take_turn(row, *, draw, park, worn_out=WORN_OUT, remedy="请补充字体后重新生成。"):
    """Draw a queued row. The attempt is counted before, so that a killed worker counts too; worn out, it is parked.

    `draw` takes the row, `park` the row and the `problem`. A row that has moved on meanwhile is left alone; what
    breaks otherwise is left to the next turn.
    """
    queued = type(row)._base_manager.filter(pk=row.pk, state="queued")
    with suppress(WrongState):  # another worker was faster
        if queued.filter(attempts__lt=MAX_ATTEMPTS).update(attempts=F("attempts") + 1):
            try:
                draw(row)
            except MissingGlyphs as missing:
                park(row, problem=f"字体中没有这些字：{missing.characters}。{remedy}")
        elif queued.exists():
            park(row, problem=worn_out)
