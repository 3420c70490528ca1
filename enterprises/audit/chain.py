"""How one row of the trail is tied to the row before it. Pure."""

import hashlib
import json
from datetime import UTC

FIRST = "0" * 64
FIELDS = (
    "seq",
    "actor_id",
    "actor_name",
    "address",
    "verb",
    "target_type",
    "target_id",
    "target_name",
    "before",
    "after",
    "note",
    "details",
)


def digest(event) -> str:
    """SHA-256 over the previous digest and the row's canonical JSON, 64 hex digits."""
    row = {field: getattr(event, field) for field in FIELDS}
    row["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    body = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{event.previous}\n{body}".encode()).hexdigest()


def first_broken(events) -> tuple[int, str] | None:
    """Walk rows in order of `seq`; the first row that does not fit, with the reason, or None."""
    previous, expected = FIRST, 1
    for event in events:
        if event.seq != expected:
            return expected, "该行缺失"
        if event.previous != previous:
            return event.seq, "与前一行的摘要不连续"
        if event.digest != digest(event):
            return event.seq, "内容与摘要不符"
        previous, expected = event.digest, expected + 1
    return None
