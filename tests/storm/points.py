"""The named fault points: which function is wrapped, on which side of it, and in which stage of a payment.

A point is reached before or after the function that stands for it. Commits have no function of their own in our code:
they are reached in the database driver, told apart by the process that commits.
"""

from dataclasses import dataclass

WEB, WORKER = "web", "worker"
PREPARE, APPROVE, BATCH, SEND, RESULT = "prepare", "approve", "batch", "send", "result"
SUBSIDIES = "awards.subsidies"
PROCESS = {PREPARE: WEB, APPROVE: WEB, BATCH: WEB, SEND: WORKER, RESULT: WORKER}


@dataclass(frozen=True)
class Point:
    """`module.function` is wrapped on `side`; without a module it is a commit."""

    name: str
    stage: str
    side: str
    module: str = ""
    function: str = ""


POINTS = [
    Point("before preparing", PREPARE, "before", f"{SUBSIDIES}.actions", "prepare"),
    Point("prepared", PREPARE, "after", f"{SUBSIDIES}.actions", "prepare"),
    Point("budget reserved", APPROVE, "after", f"{SUBSIDIES}.actions", "_reserve"),
    Point("approval booked", APPROVE, "after", f"{SUBSIDIES}.actions", "_book"),
    Point("approved", APPROVE, "after", f"{SUBSIDIES}.actions", "approve"),
    Point("file made", BATCH, "after", f"{SUBSIDIES}.batches.layouts", "order_bytes"),
    Point("claimed", BATCH, "after", f"{SUBSIDIES}.batches.actions", "_made_of"),
    Point("before handing over", SEND, "before", f"{SUBSIDIES}.batches.treasury", "hand_over"),
    Point("file written", SEND, "before", "pathlib.Path", "replace"),
    Point("handed over", SEND, "after", f"{SUBSIDIES}.batches.treasury", "hand_over"),
    Point("payees told", SEND, "after", f"{SUBSIDIES}.telling", "tell_sent"),
    Point("batch booked", SEND, "after", f"{SUBSIDIES}.batches.actions", "book_batch"),
    Point("result read", RESULT, "after", f"{SUBSIDIES}.batches.result_actions", "read_result"),
    Point("lines settled", RESULT, "after", f"{SUBSIDIES}.batches.result_actions", "_settle"),
    Point("return booked", RESULT, "after", f"{SUBSIDIES}.actions", "bounce"),
    Point("result imported", RESULT, "after", f"{SUBSIDIES}.batches.result_actions", "book_result"),
    Point("before putting away", RESULT, "before", f"{SUBSIDIES}.batches.treasury", "put_away"),
    *(
        Point(f"{stage}: {side} commit", stage, side)
        for stage in (PREPARE, APPROVE, BATCH, SEND, RESULT)
        for side in ("before", "after")
    ),
]
EXCEPTION, KILL, RESTART, FLUSH = "exception", "kill -9", "PostgreSQL restart", "Redis flush"
KINDS = [EXCEPTION, KILL, RESTART, FLUSH]
