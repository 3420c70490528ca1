"""The named fault points: which function is wrapped, on which side of it, and in which stage of the money's way.

A point is reached before or after the function that stands for it. Commits have no function of their own in our code:
they are reached in the database driver, told apart by the stage in which the fault is armed and by the process that
commits. A stage of the web is one button of one page; a stage of the worker is one task.
"""

from dataclasses import dataclass

WEB, WORKER = "web", "worker"
PREPARE, INSTALMENT, AGAIN, APPROVE, BATCH = "prepare", "instalment", "pay again", "approve", "batch"
SEND, RESULT = "send", "result"
HAND_IN, SCREEN, ENTER, RECOVER, REVERSE = "hand in", "result on screen", "enter recovery", "recover", "reverse"
SUBSIDIES = "awards.subsidies"
PROCESS = {
    **dict.fromkeys([PREPARE, INSTALMENT, AGAIN, APPROVE, BATCH, HAND_IN, SCREEN, ENTER, RECOVER, REVERSE], WEB),
    **dict.fromkeys([SEND, RESULT], WORKER),
}
BETWEEN_BUNDLES = "bulk approval: between bundles"


@dataclass(frozen=True)
class Point:
    """`module.function` is wrapped on `side`; without a module it is a commit.

    Of those reached once for `each` payment any one may be struck, of the others the `nth` time.
    """

    name: str
    stage: str
    side: str
    module: str = ""
    function: str = ""
    each: bool = False
    nth: int = 1


POINTS = [
    Point("before preparing", PREPARE, "before", f"{SUBSIDIES}.actions", "prepare", each=True),
    Point("prepared", PREPARE, "after", f"{SUBSIDIES}.actions", "prepare", each=True),
    Point("instalment due", INSTALMENT, "after", f"{SUBSIDIES}.facts", "next_turn"),
    Point("return paid again", AGAIN, "after", f"{SUBSIDIES}.actions", "prepare"),
    Point("budget reserved", APPROVE, "after", f"{SUBSIDIES}.actions", "_reserve", each=True),
    Point("approval booked", APPROVE, "after", f"{SUBSIDIES}.actions", "_book", each=True),
    Point("approved", APPROVE, "after", f"{SUBSIDIES}.actions", "approve", each=True),
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
    Point("result handed in", HAND_IN, "after", f"{SUBSIDIES}.batches.result_actions", "_read"),
    Point("lines settled on screen", SCREEN, "after", f"{SUBSIDIES}.batches.result_actions", "_settle"),
    Point("recovery entered", ENTER, "after", f"{SUBSIDIES}.clawbacks.actions", "_enter"),
    Point("recovery booked", RECOVER, "after", f"{SUBSIDIES}.clawbacks.actions", "_book"),
    Point("reversal booked", REVERSE, "after", f"{SUBSIDIES}.corrections.actions", "_take_back"),
    *(
        Point(f"{stage}: {side} commit", stage, side)
        for stage in (PREPARE, INSTALMENT, AGAIN, APPROVE, BATCH, SEND, RESULT, SCREEN, RECOVER, REVERSE)
        for side in ("before", "after")
    ),
    Point(BETWEEN_BUNDLES, APPROVE, "before", f"{SUBSIDIES}.bulk.actions", "_bundle", nth=2),
]
EXCEPTION, KILL, RESTART, FLUSH = "exception", "kill -9", "PostgreSQL restart", "Redis flush"
KINDS = [EXCEPTION, KILL, RESTART, FLUSH]
