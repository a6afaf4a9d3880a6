"""Errors that a person sees: what, where, why, what to do, and a stable id.

Every fault of input is a `KgError` with an id of `CATALOGUE`; each id has a heading in `docs/errors.md` (a test keeps
both equal). A user never sees a traceback of one. Anything else that is raised is a defect of this program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the catalogue of errors.

    `exit` is the exit code of a command that ends with it (1: wrong data, 2: wrong use), `http` the status of an
    answer.
    """

    id: str
    title: str
    exit: int = 2
    http: int = 400
    severity: Severity = "error"


_KINDS = (
    # 01: use of the program
    Kind("KG-E0101", "unknown command or option"),
    Kind("KG-E0102", "a value that an option does not take"),
    Kind("KG-E0103", "interrupted", exit=130, http=503),
    Kind("KG-E0104", "a part of the program is not installed", http=501),
    Kind("KG-E0105", "defect of this program", exit=70, http=500),
    # 02: files and documents
    Kind("KG-E0201", "no such file or folder"),
    Kind("KG-E0202", "the file is empty", exit=1),
    Kind("KG-E0203", "the file is not text", exit=1),
    Kind("KG-E0204", "no coding recommendation in the document", exit=1),
    Kind("KG-E0205", "the file cannot be read"),
    Kind("KG-E0206", "the file cannot be written"),
    Kind("KG-E0207", "no space left on the device"),
    Kind("KG-E0208", "a kind of file that is not known", exit=1),
    Kind("KG-E0209", "two documents with one id", exit=1),
    Kind("KG-E0210", "part of the document is not understood", exit=1),
    Kind("KG-E0211", "the document is encrypted", exit=1),
    Kind("KG-E0212", "the document has no text layer", exit=1),
    Kind("KG-E0213", "the document is damaged", exit=1),
    Kind("KG-E0214", "the document takes too much time or memory", exit=1),
    Kind("KG-E0215", "not a decision", exit=1),
    Kind("KG-E0216", "two decisions for one document", exit=1),
    Kind("KG-E0217", "the document has a decision already"),
    Kind("KG-E0218", "a decision that does not fit the document"),
    # 03: recommendations, expressions, records
    Kind("KG-E0301", "not a recommendation", exit=1),
    Kind("KG-E0302", "not an expression", exit=1),
    Kind("KG-E0303", "an unknown facet or value"),
    Kind("KG-E0304", "a contradictory context"),
    Kind("KG-E0305", "not a record", exit=1),
    Kind("KG-E0306", "too many codes in a record", exit=1),
    Kind("KG-E0307", "a recommendation that the layout cannot say", exit=1),
    Kind("KG-E0310", "a verdict without certificate", exit=1),
    Kind("KG-E0320", "no complete list of codes"),
    Kind("KG-E0321", "more ways to overlap than can be counted", exit=1, http=422),
    # 04: codes
    Kind("KG-E0411", "a coding system that is not known"),
    Kind("KG-E0412", "not an OPCS-4 code", exit=1),
    Kind("KG-E0413", "not an ICD-10 code", exit=1),
    Kind("KG-E0414", "not a SNOMED CT identifier", exit=1),
    Kind("KG-E0415", "wrong check digit in a SNOMED CT identifier", exit=1),
    Kind("KG-E0416", "a range that ends before it begins", exit=1),
    Kind("KG-E0417", "not a selector of codes", exit=1),
    # 05: stores
    Kind("KG-E0501", "no store", http=503),
    Kind("KG-E0502", "the store is damaged", exit=1, http=503),
    Kind("KG-E0503", "the store is of another version", http=503),
    Kind("KG-E0504", "another process is building this store", http=503),
    Kind("KG-E0505", "not a store", http=503),
    # 06: queries
    Kind("KG-E0601", "an unknown guidance, code or concept", exit=1, http=404),
    Kind("KG-E0602", "an unknown query", http=404),
    Kind("KG-E0603", "a parameter of the query is missing"),
    Kind("KG-E0604", "a parameter of the query has a wrong value"),
    Kind("KG-E0605", "the query is not SPARQL"),
    Kind("KG-E0606", "the query file has no proper header"),
    Kind("KG-E0607", "the SPARQL server cannot be reached or refuses", exit=1, http=502),
    Kind("KG-E0608", "an update, where only questions are answered", http=403),
    Kind("KG-E0609", "more than SPARQL rules can derive", exit=1, http=422),
    # 07: graph
    Kind("KG-E0701", "the graph breaks a shape", exit=1, http=500),
    Kind("KG-E0702", "the graph holds no such recommendation", exit=1, http=500),
    Kind("KG-E0703", "a data file of the program is broken", exit=1, http=500),
    Kind("KG-E0704", "a character that the format cannot hold", exit=1, http=406),
    # 08: reasoner
    Kind("KG-E0801", "the OWL reasoner cannot run", exit=1, http=501),
    Kind("KG-E0802", "more than this way of reasoning is good for", exit=1),
    Kind("KG-E0803", "what this way of reasoning cannot tell"),
    Kind("KG-E0804", "two ways of reasoning disagree", exit=70, http=500),
    Kind("KG-E0805", "a recommendation that no record can satisfy", exit=1),
    # 09: standards
    Kind("KG-E0901", "a rule that cannot be read", exit=1),
    Kind("KG-E0902", "rules that contradict each other", exit=1),
    Kind("KG-E0903", "rules that require each other in a circle", exit=1),
    Kind("KG-E0904", "not a pack of rules", exit=1),
    Kind("KG-E0905", "a local switch that is not known", exit=1),
    # 10: releases
    Kind("KG-E1001", "no file of a release", exit=1),
    Kind("KG-E1002", "a damaged zip", exit=1),
    Kind("KG-E1003", "a file of the release is missing", exit=1),
    Kind("KG-E1004", "an extension without its base", exit=1),
    Kind("KG-E1005", "columns that are not as described", exit=1),
    Kind("KG-E1006", "the release has problems", exit=1),
    Kind("KG-E1007", "not enough memory for the release", exit=1),
    Kind("KG-E1008", "two releases of one edition", exit=1),
    Kind("KG-E1009", "no release in the store", exit=1, http=404),
    Kind("KG-E1010", "no table of coding equivalences", exit=1),
    Kind("KG-E1050", "no two editions to compare", http=404),
    Kind("KG-E1051", "not an age"),
    Kind("KG-E1052", "a code of both classifications"),
    # 11: serving
    Kind("KG-E1101", "a question that takes too long", exit=1, http=503),
    Kind("KG-E1102", "a question that takes too much memory", exit=1, http=503),
    Kind("KG-E1103", "an answer that is too large", exit=1, http=422),
    Kind("KG-E1104", "too many questions at once", exit=1, http=429),
    Kind("KG-E1105", "a request that is too long", http=413),
    Kind("KG-E1106", "a question that would ask other machines", http=403),
    Kind("KG-E1107", "the server is not ready", exit=1, http=503),
    Kind("KG-E1108", "no media type that is accepted", http=406),
    Kind("KG-E1109", "not a request of the SPARQL protocol", http=400),
    Kind("KG-E1110", "a method that is not allowed", http=405),
    Kind("KG-E1111", "a media type that cannot be read", http=415),
    Kind("KG-E1112", "an address that cannot be listened on", http=503),
    Kind("KG-E1113", "nothing has this address", exit=1, http=404),
    Kind("KG-E1114", "a name that the server does not go by", http=421),
    Kind("KG-E1115", "settings that cannot be read"),
    Kind("KG-E1116", "an unknown parameter"),
    Kind("KG-E1117", "a parameter with a wrong value"),
    Kind("KG-E1118", "a parameter is missing"),
    Kind("KG-E1119", "a token is needed", http=401),
    Kind("KG-E1120", "a request from another site", http=403),
    Kind("KG-E1121", "a body that is no JSON"),
    Kind("KG-E1122", "no store is served", http=404),
    Kind("KG-E1123", "a request that came too slowly", http=408),
    Kind("KG-E1201", "a guidance that is too much for a query", exit=1),
    # 121: the other engines of the audit
    Kind("KG-E1211", "Spark does not start"),
    Kind("KG-E1212", "episodes that Spark does not read"),
    Kind("KG-E1213", "Spark did not finish", exit=1),
    Kind("KG-E1214", "a folder that the workers do not share"),
    Kind("KG-E1215", "a standard that a query cannot tell", exit=1),
    # 122, 123: files of episodes, and what is published of them
    Kind("KG-E1220", "a column of episodes is missing or misnamed"),
    Kind("KG-E1221", "not a layout of episodes"),
    Kind("KG-E1222", "a broken file of episodes", exit=1),
    Kind("KG-E1223", "no episodes", exit=1),
    Kind("KG-E1224", "no such table in the database"),
    Kind("KG-E1225", "a column of a type that cannot be", exit=1),
    Kind("KG-E1230", "no episodes of this kind can be made", exit=1),
    Kind("KG-E1280", "a name of a column that stands twice"),
    # warnings: told with their place, never an end
    Kind("KG-W0201", "words of the coding part that were not understood", severity="warning"),
    Kind("KG-W0202", "the document can be read in more than one way", severity="warning"),
    Kind("KG-W0203", "a concept whose identifier fails its check", severity="warning"),
    Kind("KG-W0204", "the title printed with a code differs from the known one", severity="warning"),
    Kind("KG-W0205", "a code that is not in use", severity="warning"),
    Kind("KG-W0206", "a printed code that no combination uses", severity="warning"),
    Kind("KG-W0207", "the text had bytes that are not of its encoding", severity="warning"),
    Kind("KG-W0208", "a code of impossible shape", severity="warning"),
    Kind("KG-W0209", "part of the document is not in its text", severity="warning"),
    Kind("KG-W0210", "the order of the text is a guess", severity="warning"),
    Kind("KG-W0211", "a sentence says more than was read", severity="warning"),
    Kind("KG-W0212", "alternatives of different kinds", severity="warning"),
    Kind("KG-W0213", "a code in a header, a footer or navigation", severity="warning"),
    Kind("KG-W0215", "a misprint, read as what it stands for", severity="warning"),
    Kind("KG-W0216", "a line break that may part codes or only wrap a line", severity="warning"),
    Kind("KG-W0217", "letters that are no word", severity="warning"),
    Kind("KG-W0218", "words that no recommendation is told in", severity="warning"),
    Kind("KG-W0219", "a heading or lead-in that may be read in another way", severity="warning"),
    Kind("KG-W0220", "a decision whose document has changed since", severity="warning"),
    Kind("KG-W0221", "a decision for no document", severity="warning"),
    Kind("KG-W0222", "a decision that is not applied", severity="warning"),
    Kind("KG-W0223", "a document that only a person could read", severity="warning"),
    Kind("KG-W0224", "two codes that documents with such words hardly ever mean so", severity="warning"),
    Kind("KG-W0301", "more combinations than the graph lists", severity="warning"),
    Kind("KG-W0401", "a code of the other classification", severity="warning"),
    Kind("KG-W0901", "a rule that can never be broken", severity="warning"),
    Kind("KG-W1001", "a row of a release with fields missing or too many", severity="warning"),
    Kind("KG-W1002", "a field of a release that is not of its type", severity="warning"),
    Kind("KG-W1003", "bytes of a release that are not UTF-8", severity="warning"),
    Kind("KG-W1004", "wrong check digit in a release", severity="warning"),
    Kind("KG-W1005", "the same row twice in a release", severity="warning"),
    Kind("KG-W1006", "an older version beside the newest", severity="warning"),
    Kind("KG-W1007", "a reference to a component that is not there", severity="warning"),
    Kind("KG-W1008", "a circle of is-a", severity="warning"),
    Kind("KG-W1009", "a line that does not end with CR LF", severity="warning"),
    Kind("KG-W1010", "a file that is not UTF-8 but Windows-1252", severity="warning"),
    Kind("KG-W1011", "a package of no edition", severity="warning"),
    Kind("KG-W1012", "a map without rows", severity="warning"),
    Kind("KG-W1013", "a table that is not known", severity="warning"),
    Kind("KG-W1014", "a code twice in a classification", severity="warning"),
    Kind("KG-W1015", "blanks around a field", severity="warning"),
    Kind("KG-W1016", "an empty line in a release", severity="warning"),
    Kind("KG-W1017", "a target of a map that is no code of the edition", severity="warning"),
    Kind("KG-W1018", "a code of a later edition", severity="warning"),
    Kind("KG-W1019", "a table without rows", severity="warning"),
    Kind("KG-W1020", "an older edition than the store had", severity="warning"),
    Kind("KG-W1021", "a package without one of its files", severity="warning"),
    Kind("KG-W1022", "a row of a table of equivalences that is not read", severity="warning"),
    Kind("KG-W1050", "a code that the edition has retired", severity="warning"),
    Kind("KG-W1051", "a selector that covers no code of the edition", severity="warning"),
    Kind("KG-W1052", "a concept that the edition does not have", severity="warning"),
    Kind("KG-W1053", "an inactive concept", severity="warning"),
    Kind("KG-W1054", "a term that is not one of its concept", severity="warning"),
    Kind("KG-W1060", "an ontology that RDF/XML cannot hold", severity="warning"),
    Kind("KG-W1220", "a column of episodes looks misnamed", severity="warning"),
    Kind("KG-W1221", "codes of impossible shape in episodes", severity="warning"),
    Kind("KG-W1222", "codes of the other system in episodes", severity="warning"),
    Kind("KG-W1223", "episodes with one identifier", severity="warning"),
    Kind("KG-W1224", "dates of episodes that cannot be read", severity="warning"),
    Kind("KG-W1225", "more codes in an episode than are read", severity="warning"),
    Kind("KG-W1226", "files of episodes without a row", severity="warning"),
    Kind("KG-W1227", "episodes without an identifier", severity="warning"),
    Kind("KG-W1228", "rows that are not as wide as the header", severity="warning"),
    Kind("KG-W1260", "episodes with a side of which no code can be read", severity="warning"),
    Kind("KG-W1261", "episodes with facts of their own", severity="warning"),
    Kind("KG-W1280", "columns of other classifications", severity="warning"),
)

CATALOGUE: Mapping[str, Kind] = MappingProxyType({kind.id: kind for kind in _KINDS})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a source something stands: `line` and `column` count from 1; `length` characters are meant."""

    source: str
    line: int | None = None
    column: int | None = None
    excerpt: str | None = None
    length: int = 1

    def __str__(self) -> str:
        """The place as an editor reads it: `file:line:column`."""
        return ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)

    @classmethod
    def in_text(cls, source: str, text: str, start: int, end: int | None = None) -> Place:
        """The place of characters `start` to `end` of `text`, with the line they stand in."""
        begin = text.rfind("\n", 0, start) + 1
        stop = text.find("\n", start)
        line = text[begin : stop if stop >= 0 else len(text)].rstrip("\r")
        length = max(1, min((end if end is not None else start + 1), begin + len(line)) - start)
        return cls(source, text.count("\n", 0, start) + 1, start - begin + 1, line, length)


class KgError(Exception):
    """A fault of what was given to the program. Printed by `str`; no traceback is shown of it.

    Args:
        id: a key of `CATALOGUE`.
        what: what is wrong, one sentence without a full stop.
        where: the place, if there is one.
        why: the rule that was broken.
        hint: what to do. It is printed last: the line to act on.
    """

    def __init__(self, id: str, what: str, *, where: Place | None = None, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.kind = CATALOGUE[id]
        self.id, self.what, self.where, self.why, self.hint = id, what, where, why, hint

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The lines of the message: id, place and what; the excerpt with its caret; why; what to do."""
        head = [self.id, *([str(self.where)] if self.where else []), self.what]
        lines = ["  ".join(head)]
        if self.where and self.where.excerpt is not None and self.where.column:
            shown = self.where.excerpt.replace("\t", " ")
            lines += [f"    {shown}", f"    {' ' * (self.where.column - 1)}{'^' * self.where.length}"]
        return lines + [f"  {text}" for text in (self.why, self.hint) if text]

    def at(self, where: Place) -> KgError:
        """The same fault at a place that the raiser did not know."""
        return KgError(self.id, self.what, where=where, why=self.why, hint=self.hint)

    def as_dict(self) -> dict[str, object]:
        """The fault as JSON: `id`, `message`, and `place`, `why`, `hint` where there are any."""
        place = None
        if self.where:
            place = {"source": self.where.source, "line": self.where.line, "column": self.where.column}
        pairs = {"id": self.id, "message": self.what, "place": place, "why": self.why, "hint": self.hint}
        return {key: value for key, value in pairs.items() if value}


def nearest(word: str, known: list[str] | tuple[str, ...], limit: int = 3) -> list[str]:
    """The words of `known` within two typing errors of `word` (or that it begins), nearest first; for "did you
    mean".
    """
    lowered = word.lower()
    scored = [(_distance(lowered, other.lower(), 2), other) for other in known]
    close = sorted((d, other) for d, other in scored if d <= min(2, max(1, len(word) // 3)))
    begun = sorted(other for other in known if lowered and other.lower().startswith(lowered))
    return list(dict.fromkeys([other for _, other in close] + begun))[:limit]


def _distance(a: str, b: str, bound: int) -> int:
    """Typing errors (insert, delete, replace, swap of neighbours) between two words; `bound + 1` if more than
    `bound`.
    """
    if abs(len(a) - len(b)) > bound:
        return bound + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > bound:
            return bound + 1
    return row[-1]
