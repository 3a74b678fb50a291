"""What the audit gets once a delivery was posted, as the note that its message carries until then.

The process that posts a message may be another one than the process that made it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from bot.store.audit import Audit, Entry


def audit_note(entry: Entry) -> str:
    """Return an entry of the audit as a message's note."""
    return json.dumps(asdict(entry) | {"asked_at": entry.asked_at.isoformat()}, ensure_ascii=False)


def note_in_audit(audit: Audit | None, note: str) -> None:
    """Write down the entry that a message's note holds; "" holds none."""
    if audit is None or not note:
        return
    kept = json.loads(note)
    audit.note(Entry(**kept | {"asked_at": datetime.fromisoformat(kept["asked_at"])}))
