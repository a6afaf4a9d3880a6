"""A user's own list of codes: a text file with a code at the beginning of each line."""

from __future__ import annotations

import re
from pathlib import Path

from kg.codes import Code, CodeList, Scheme
from kg.errors import KgError, Place


def read_code_file(path: Path, scheme: Scheme) -> CodeList:
    """The codes of a file, one a line, in any printed form; what follows a tab, comma or semicolon is not read.

    Empty lines, lines that begin with `#` and a first line `code` are passed over.

    Raises:
        KgError: KG-E0201, KG-E0202, KG-E0203, KG-E0205 for the file; KG-E0412 or KG-E0413 for the first line that is no
            code.
    """
    place = Place(str(path))
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise KgError("KG-E0201", "no such file", where=place) from None
    except UnicodeDecodeError:
        raise KgError("KG-E0203", "the file is not UTF-8", where=place, hint="Save the file as UTF-8.") from None
    except OSError as fault:
        raise KgError("KG-E0205", f"the file cannot be read: {fault.strerror}", where=place) from fault
    found: list[Code] = []
    for number, line in enumerate(lines, 1):
        text = re.split(r"[\t,;]", line, maxsplit=1)[0].strip().strip('"')
        if not text or line.startswith("#") or (not found and text.lower() == "code"):
            continue
        try:
            found.append(Code.parse(text, scheme))
        except KgError as fault:
            raise fault.at(Place(str(path), number)) from None
    if not found:
        raise KgError("KG-E0202", "the file has no code", where=place, hint="Write a code at the start of each line.")
    return CodeList.of(scheme, found)
