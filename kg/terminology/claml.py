"""ClaML 2.0.0, the XML in which WHO publishes ICD-10: modifiers are expanded, dagger and asterisk codes told.

Source: the elements that published examples of ClaML have. Nothing is fetched: the DTD that a file names is not read,
and a file that declares entities of its own is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from kg.errors import KgError, Place

_MARKS = {"dagger": "D", "aster": "A", "*": "A", "+": "D"}


@dataclass(frozen=True, slots=True)
class ClamlRow:
    """One code by its key; `leaf` where it can be recorded. `line` is that of its class."""

    key: str
    title: str
    leaf: bool
    mark: str
    pairs: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Group:
    """A chapter or a block, with the codes of what it holds."""

    code: str
    kind: str
    title: str
    parent: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claml:
    """A whole file. `version` is what its title tells."""

    version: str
    rows: tuple[ClamlRow, ...]
    groups: tuple[Group, ...]


@dataclass(slots=True)
class _Class:
    code: str
    kind: str
    usage: str
    line: int
    modifier: str = ""
    parents: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    modifiers: list[tuple[str, list[str]]] = field(default_factory=list)
    excluded: set[str] = field(default_factory=set)
    titles: dict[str, str] = field(default_factory=dict)
    pairs: list[str] = field(default_factory=list)


def elements(data: bytes, path: str) -> Iterator[tuple[int, str, Mapping[str, str]]]:
    """Line, name without namespace, and attributes of each element.

    Raises:
        KgError: KG-E0213 for what is not XML or declares entities.
    """
    found: list[tuple[int, str, Mapping[str, str]]] = []
    parser = _parser(path)
    parser.StartElementHandler = lambda name, attributes: found.append(
        (parser.CurrentLineNumber, name.rsplit(":", 1)[-1], attributes)
    )
    _run(parser, data, path)
    yield from found


def _parser(path: str) -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise _not_xml(path, parser.CurrentLineNumber, "entities are declared in it")

    parser.EntityDeclHandler = refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def _run(parser: expat.XMLParserType, data: bytes, path: str) -> None:
    if not data:
        raise KgError("KG-E0202", "the file is empty", where=Place(path))
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _not_xml(path, error.lineno, expat.ErrorString(error.code)) from error


def _not_xml(path: str, line: int, why: str) -> KgError:
    return KgError("KG-E0213", "the XML cannot be read", where=Place(path, line), why=why)


class _Reader:
    """Collects classes from the events of the parser."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.version = ""
        self.classes: list[_Class] = []
        self.subclasses: dict[str, list[str]] = {}
        self._now: _Class | None = None
        self._modifier = ""
        self._kind = ""
        self._words: list[str] | None = None
        self._valid: list[str] | None = None
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.buffer_text = True

    def _start(self, name: str, told: dict[str, str]) -> None:
        now = self._now
        match name:
            case "Title":
                self.version = told.get("date", "").replace("-", "") or told.get("version", "")
            case "Modifier":
                self._modifier = told.get("code", "")
                self.subclasses[self._modifier] = []
            case "Class" | "ModifierClass":
                line = self.parser.CurrentLineNumber
                self._now = _Class(
                    told.get("code", ""), told.get("kind", ""), told.get("usage", ""), line, told.get("modifier", "")
                )
                self.classes.append(self._now)
            case "SubClass" if now:
                now.children.append(told.get("code", ""))
            case "SubClass":
                self.subclasses[self._modifier].append(told.get("code", ""))
            case "SuperClass" if now:
                now.parents.append(told.get("code", ""))
            case "ModifiedBy" if now:
                self._valid = []
                now.modifiers.append((told.get("code", ""), self._valid))
            case "ValidModifierClass" if self._valid is not None:
                self._valid.append(told.get("code", ""))
            case "ExcludeModifier" if now:
                now.excluded.add(told.get("code", ""))
            case "Rubric":
                self._kind = told.get("kind", "")
            case "Label" if self._kind.startswith("preferred"):
                self._words = []
            case "Fragment" if now and told.get("usage") and not now.usage:
                now.usage = told["usage"]
            case "Reference" if now and _MARKS.get(told.get("usage", "")) == "A":
                now.pairs.append(told.get("code", ""))
            case _:
                pass
        if name == "Reference" and self._words is not None and "brackets" in told.get("class", ""):
            self._words.append(" ")

    def _text(self, text: str) -> None:
        if self._words is not None:
            self._words.append(text)

    def _end(self, name: str) -> None:
        match name:
            case "Class" | "ModifierClass":
                self._now = None
            case "Modifier":
                self._modifier = ""
            case "ModifiedBy":
                self._valid = None
            case "Label" if self._words is not None and self._now:
                self._now.titles.setdefault(self._kind, " ".join("".join(self._words).split()))
                self._words = None
            case "Label":
                self._words = None
            case _:
                pass


def read_claml(data: bytes, path: str) -> Claml:
    """A ClaML file. A class has the modifiers of those above it, unless it excludes them.

    Raises:
        KgError: KG-E0202, KG-E0213; KG-E1003 if it has no classes.
    """
    parser = _parser(path)
    reader = _Reader(parser)
    _run(parser, data, path)
    classes = {each.code: each for each in reader.classes if not each.modifier}
    if not classes:
        raise KgError("KG-E1003", "no classes in the file", where=Place(path))
    of_modifier: dict[str, dict[str, _Class]] = {}
    for each in reader.classes:
        if each.modifier:
            of_modifier.setdefault(each.modifier, {})[each.code] = each
    rows = [row for each in classes.values() if each.kind == "category" for row in _rows(each, classes, of_modifier)]
    groups = [
        Group(each.code, each.kind, _title(each), each.parents[0] if each.parents else "", tuple(each.children))
        for each in classes.values()
        if each.kind in ("chapter", "block")
    ]
    return Claml(reader.version, tuple(sorted(rows, key=lambda row: row.key)), tuple(groups))


def _rows(each: _Class, classes: dict[str, _Class], of_modifier: dict[str, dict[str, _Class]]) -> Iterator[ClamlRow]:
    """The row of a class, and those that its modifiers make of it."""
    if each.children:
        yield _row(each, _title(each), each.code, leaf=False)
        return
    fours: list[tuple[str, str]] = []
    fives: list[tuple[str, str]] = []
    for modifier, valid in _modifiers(each, classes):
        for code, how in of_modifier.get(modifier, {}).items():
            if not valid or code in valid:
                (fours if code.startswith(".") else fives).append((code.removeprefix("."), _title(how)))
    made = [(each.code, _title(each))]
    if "." not in each.code and fours:
        yield _row(each, _title(each), each.code, leaf=False)
        made = [(f"{each.code}.{code}", with_modifier(_title(each), title)) for code, title in fours]
    for code, title in made:
        yield _row(each, title, code, leaf=not fives)
        # A category without fourth characters takes the filler before the fifth.
        whole = code if "." in code else f"{code}.X"
        for five, words in fives:
            yield _row(each, with_modifier(title, words), whole + five, leaf=True)


def _modifiers(each: _Class, classes: dict[str, _Class]) -> list[tuple[str, list[str]]]:
    """The modifiers of a class and of the categories above it; `Y_4` is told before `Y_5`."""
    found: dict[str, list[str]] = {}
    excluded: set[str] = set()
    now: _Class | None = each
    while now is not None and now.kind == "category":
        excluded |= now.excluded
        for modifier, valid in now.modifiers:
            if modifier not in excluded:
                found.setdefault(modifier, valid)
        now = classes.get(now.parents[0]) if now.parents else None
    return sorted(found.items())


def _row(each: _Class, title: str, code: str, *, leaf: bool) -> ClamlRow:
    pairs = tuple(dict.fromkeys(pair for pair in each.pairs if pair != each.code))
    return ClamlRow(code.replace(".", ""), title, leaf, _MARKS.get(each.usage, ""), pairs, each.line)


def with_modifier(title: str, modifier: str) -> str:
    """The title of a code that a modifier makes, as `Type 1 diabetes mellitus, with coma`."""
    return f"{title}, {modifier[0].lower()}{modifier[1:]}" if modifier else title


def _title(each: _Class) -> str:
    return each.titles.get("preferredLong") or each.titles.get("preferred", "")
