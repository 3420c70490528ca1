"""Ten thousand payment orders, from entitlement to reconciled."""

import time

from .measures import clean_up, one_committed_row
from .orders import LARGE, SMALL, measured
from .rows import Row

ROWS = 200


def orders(town, server):
    """The baseline of the seconds is the least that so many orders could cost: one committed row each."""
    start = time.perf_counter()
    for turn in range(ROWS):
        one_committed_row(turn)
    least = (time.perf_counter() - start) / ROWS * LARGE
    clean_up()
    found = measured()
    yield Row.beside("orders.10000.seconds", "s", found["seconds"], least, 1)
    yield Row.beside("orders.growth", "倍", found["growth"], LARGE / SMALL, 1)
    yield Row.beside("orders.peak_mb", "MB", found["peak_mb"], found["before_mb"], 1)


MEASURES = [orders]
