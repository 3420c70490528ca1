"""The layouts of a certificate. A new one is a line here, an ornament, and the places of ground and words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Where a layout puts what differs, in millimetres; its words and ornament are templates of the same name."""

    label: str
    width: float
    height: float
    measure: float  # points a line of the name may take: the page inside its frame, with air on both sides
    qr: tuple  # left, bottom, side


LAYOUTS = {
    "award": Layout("荣誉证书（横版）", 297, 210, 620, (34, 30, 29)),
    "standard": Layout("标准证书（竖版）", 210, 297, 420, (30, 30, 29)),
}
