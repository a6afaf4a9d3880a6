"""A layout found again in the columns of a file: which columns are read, and what of their names is odd."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kg.audit.layouts import ROLES, Layout, Layouts, shipped
from kg.errors import KgError, Place, nearest

_ALIKE = 3  # letters with which both names begin
_CODES = ("procedures", "diagnoses")
_ALL = ("date", "unread")  # roles of which all columns are taken
# Names that end in the number of an edition, not of a column.
_EDITION = re.compile(r"(opcs|oper|icd)_?(3|4|9|10|11)")
_TELLING = re.compile(r"(op|proc|oper|diag|icd|opcs|code)", re.IGNORECASE)
_NUMBER = re.compile(r"0?\d{1,2}$")


@dataclass(frozen=True, slots=True)
class Found:
    """A layout found in a file: the columns of each role as the file names them, in the order in which they are read.

    `notes` is what was odd: columns of codes that look misnamed, numbers that are missing.
    """

    layout: Layout
    columns: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()

    def of(self, role: str) -> tuple[str, ...]:
        """The columns of a role; none if the file has none."""
        return self.columns.get(role, ())


def find(
    names: Sequence[str],
    layouts: Layouts | None = None,
    wanted: str | None = None,
    mapping: Mapping[str, Sequence[str]] | None = None,
    source: str = "",
) -> Found:
    """The layout of a file with these columns: the one wanted, else the one of which most columns are there.

    `mapping` names columns for roles (with `#` for numbers) and goes before what the layout says; a role without any
    name has no column, and none is looked for.

    Raises:
        KgError: KG-E1220 where a column that is needed is not there, with the names that are near, or where one that is
            not known has nearly the name of one of codes that is not there; KG-E1221.
    """
    known, given = layouts or shipped(), mapping or {}
    best = matching(names, [known.named(wanted)] if wanted else known.layouts, given, source)
    refuse_doubled(names, best, source)
    notes: list[str] = []
    for role, what, near, surely in (*gaps(best, names), *_absent(best, names)):
        if surely and role not in given:
            why = f"What stands in {near} would be left out, and told as missing."
            said = as_option(role, (*best.of(role), near), names)
            hint = f"Is {near} meant? Name it so, or say what there is: {said}; --column {role}= is none."
            hint += f" {as_option('unread', [near], names)} leaves it out."
            raise KgError("KG-E1220", what, where=Place(source) if source else None, why=why, hint=hint)
        if given.get(role) or role not in given:
            notes.append(what + (f"; is {near} meant?" if near else ""))
    return replace(best, notes=tuple(notes))


def refuse_doubled(names: Sequence[str], found: Found, source: str) -> None:
    """Refuse names of columns of which one stands twice: one of the two would be read, and nobody would know which.

    Raises:
        KgError: KG-E1280.
    """
    read = {column for columns in found.columns.values() for column in columns}
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(plain(name) or name, name)
        if names.count(name) > 1:
            what, why = f"{name} stands twice in the header", "One of the two would be left out."
        elif other != name and not read.isdisjoint((name, other)):
            what, why = f"{other} and {name} are one name", "Capitals, blanks and hyphens in names do not matter."
        else:
            continue
        hint = "Give each column a name of its own: what follows OPERTN_01 and OPERTN_02 is OPERTN_03."
        raise KgError("KG-E1280", what, where=Place(source) if source else None, why=why, hint=hint)


def rounded(name: str, where: Place) -> KgError:
    """The fault of a column of identifiers that are floating-point numbers and have lost figures."""
    what = f'the identifiers in "{name}" are floating-point numbers, which do not hold 19 figures'
    return KgError("KG-E1225", what, where=where, hint="Keep identifiers as text or whole numbers of 64 bits.")


def matching(
    names: Sequence[str],
    layouts: Sequence[Layout],
    mapping: Mapping[str, Sequence[str]],
    source: str,
    roles: Sequence[str] = ROLES,
    *,
    identified: bool = True,
) -> Found:
    """Of these layouts that of which most columns are there, as `find` has it, whatever else there may be; `identified`
    where episodes need an identifier.

    Raises:
        KgError: KG-E1220 where a column that is needed is not there, KG-E1221 for a role that there is not.
    """
    given = {role: tuple(columns) for role, columns in mapping.items()}
    for role in given:
        if role not in roles:
            hint = f"{_meant(role, roles)}Known are {', '.join(roles)}."
            raise KgError("KG-E1221", f'nothing that a column can hold: "{role}"', hint=hint)
    tried = [_in(replace(layout, columns={**layout.columns, **given}), names, given) for layout in layouts]
    whole = [found for found in tried if _is_whole(found, identified)]
    for role, patterns in given.items():
        if role != "unread" and patterns and not any(found.of(role) for found in tried):
            raise _missing(names, f'the column "{patterns[0]}" for {role} is not there', list(patterns), source)
    if not whole:
        raise _nothing(names, layouts, tried, source, identified)
    return max(whole, key=_width)


def _width(found: Found) -> tuple[int, int]:
    """How many columns a layout has in a file, and how many that it leaves out knowingly."""
    return sum(len(c) for role, c in found.columns.items() if role not in _ALL), len(found.of("unread"))


def of_table(
    given: Mapping[str, Sequence[str]], names: Sequence[str], tables: Sequence[Sequence[str]]
) -> Mapping[str, Sequence[str]]:
    """What is said of columns, without what is said of other tables of several alone."""

    def there(patterns: Sequence[str], columns: Sequence[str]) -> bool:
        return any(_matched(pattern, columns, strict=True) for pattern in patterns)

    return {
        role: patterns
        for role, patterns in given.items()
        if not patterns or there(patterns, names) or not any(there(patterns, columns) for columns in tables)
    }


def _meant(role: str, roles: Sequence[str]) -> str:
    """The question whether another role is meant: one that begins alike, else one with nearly that name."""
    word = role.lower()
    shared = {known: sum(word.startswith(known[:n]) for n in range(1, len(known) + 1)) for known in roles}
    alike = max(roles, key=lambda known: shared[known])
    near = [alike] if shared[alike] >= _ALIKE else nearest(word, list(roles), 1)
    return f"Did you mean {near[0]}? " if near else ""


def _in(layout: Layout, names: Sequence[str], given: Mapping[str, tuple[str, ...]]) -> Found:
    columns: dict[str, tuple[str, ...]] = {}
    for role, patterns in layout.columns.items():
        there = [found for pattern in patterns if (found := _matched(pattern, names, strict=role in given))]
        if there:
            # Of the names of a layout the best is taken; of codes, all columns that the user names.
            # Days stand in for each other, row by row: the end of an episode, else its beginning.
            every = there if role in _ALL or (role in given and role in _CODES) else there[:1]
            columns[role] = tuple(dict.fromkeys(column for found in every for column in found))
    return Found(layout, columns)


def as_option(role: str, columns: Sequence[str], names: Sequence[str]) -> str:
    """How `--column` says that these columns, of all `names`, are those of a role; numbered ones are said by `#`."""
    alike: dict[str, set[str]] = {}
    for name in names:
        alike.setdefault(_NUMBER.sub("", name), set()).add(name)
    stems = ((name, _NUMBER.sub("", name)) for name in columns)
    said = (f"{stem}#" if len(alike[stem]) > 1 and alike[stem] <= {*columns} else name for name, stem in stems)
    told = f"{role}={'+'.join(dict.fromkeys(said))}"
    return f"--column '{told}'" if " " in told else f"--column {told}"


def plain(name: str) -> str:
    """A column's name as names are compared: small letters, and `_` for all that is neither letter nor figure."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def _matched(pattern: str, names: Sequence[str], *, strict: bool = False) -> tuple[str, ...]:
    """The columns that a pattern names, numbered ones by number; `strict` prefers the name as it is written."""
    if strict and pattern in names:
        return (pattern,)
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    found: list[str] = []
    for part in pattern.split("+"):
        if "#" not in part:
            if plain(part) in by_plain:
                found.append(by_plain[plain(part)])
            elif "#" not in pattern:
                return ()
            continue
        shape = _numbered(part)
        hits = sorted((int(m[1]), name) for key, name in by_plain.items() if (m := shape.fullmatch(key)))
        found += [name for _, name in hits]
    return tuple(found)


def _numbered(pattern: str) -> re.Pattern[str]:
    before, _, after = pattern.partition("#")
    head, tail = plain(before), plain(after)
    return re.compile(rf"{re.escape(head)}_?0?(\d{{1,2}}){('_?' + re.escape(tail)) if tail else ''}")


def _is_whole(found: Found, identified: bool) -> bool:
    """Whether there is all that a layout needs: an identifier and codes, and the system of codes of both."""
    if identified and not found.of("episode"):
        return False
    if "code" in found.layout.columns and not (found.of("procedures") or found.of("diagnoses")):
        return bool(found.of("code") and found.of("system"))
    return bool(found.of("procedures") or found.of("diagnoses"))


def gaps(found: Found, names: Sequence[str]) -> Iterator[tuple[str, str, str, bool]]:
    """Numbers that are missing between others or behind them, of which a column has nearly the name. Told are the role,
    what is not there, the column that may be meant, and whether it has nearly that name.
    """
    for role in _CODES:
        columns = found.of(role)
        if found.layout.by_code or (len(columns) == 1 and _EDITION.search(plain(columns[0]))):
            continue
        numbers = [int(m[0]) for column in columns if (m := re.search(r"\d{1,2}$", plain(column)))]
        if columns and len(numbers) == len(columns):
            stem = _NUMBER.sub("", columns[0])
            width = len(columns[0]) - len(stem)
            for number in sorted(set(range(1, max(numbers) + 2)) - set(numbers)):
                expected = f"{stem}{number:0{width}d}"
                near = "".join(nearest(expected, unread(found, names), 1))
                if number < max(numbers) or re.search(rf"\D0?{number}$", near):
                    yield role, f"{expected} is not there", near, bool(near)


def _absent(found: Found, names: Sequence[str]) -> Iterator[tuple[str, str, str, bool]]:
    """Sides of which there is no column, told as `gaps` tells."""
    for role in _CODES:
        if not found.of(role) and role in found.layout.columns and not found.layout.by_code:
            patterns, rest = found.layout.columns[role], unread(found, names)
            yield role, f"no column of {role}", next(iter(_near(patterns, rest)), ""), bool(nearly(patterns, rest))


def unread(found: Found, names: Sequence[str]) -> list[str]:
    """The columns that hold nothing that is read."""
    used = {column for columns in found.columns.values() for column in columns}
    return [name for name in names if name not in used]


def _nothing(
    names: Sequence[str], candidates: Sequence[Layout], tried: Sequence[Found], source: str, identified: bool
) -> KgError:
    best = max(tried, key=lambda found: len(found.columns))
    unnamed = identified and not best.of("episode")
    lacks = "an identifier of episodes" if unnamed else "codes of procedures or diagnoses"
    roles = ("episode",) if unnamed else (*_CODES, "code", "system")
    patterns = [p for layout in candidates for role in roles for p in layout.columns.get(role, ())]
    return _missing(names, f"no column of {lacks}", patterns, source)


def _missing(names: Sequence[str], what: str, patterns: Sequence[str], source: str) -> KgError:
    near = _near(patterns, names)
    shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
    hint = f"Is {near[0]} meant? " if near else ""
    hint += (
        "Say which with --column ROLE=NAME, as --column procedures=op_#, or a layout of your own (docs/episodes.md)."
    )
    return KgError(
        "KG-E1220", what, where=Place(source) if source else None, why=f"The columns are {shown}.", hint=hint
    )


def _near(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """Columns whose names are near to one of the patterns, nearest first; else those that speak of codes."""
    if found := nearly(patterns, names):
        return found
    telling = any(_TELLING.search(pattern) for pattern in patterns)
    return [name for name in names if telling and _TELLING.search(name)]


def nearly(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    """Columns whose names are near to one of the patterns, nearest first."""
    found: dict[str, None] = {}
    plains = {plain(name): name for name in names}
    for pattern in patterns:
        for part in pattern.split("+"):
            for sample in dict.fromkeys((part.replace("#", "01"), part.replace("#", "1"))):
                found.update(dict.fromkeys(plains[n] for n in nearest(plain(sample), list(plains), 1)))
    return list(found)
