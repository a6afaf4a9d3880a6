"""The separate checker of certificates, loaded as its own program would be."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[2] / "tools" / "certificates"


def refusal(certificate: dict[str, Any]) -> str:
    """Why the checker refuses a certificate; empty if it accepts. It is given a copy, through JSON."""
    if str(_FOLDER) not in sys.path:
        sys.path.insert(0, str(_FOLDER))
    import check  # type: ignore[import-not-found]

    try:
        check.check(json.loads(json.dumps(certificate)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, re.error) as wrong:
        return f"{type(wrong).__name__}: {wrong}"
    return ""
