"""Other wordings of a document with the same meaning: words of one class for another, other layout, other marks.

`variants(text, n)` gives `n` of them, always the same for the same text. Nothing is known of any one document here.
"""

import random
import re
import textwrap
from collections.abc import Callable, Iterator

_CODE = r"[A-Z]\d\d(?:\s?\.\s?(?:\d|-|X))?"

# Words that stand for each other wherever they stand.
_CLASSES = [
    ["is recorded", "is assigned", "is reported", "is added", "is entered", "is allocated"],
    ["are recorded", "are assigned", "are reported", "are used"],
    ["is assigned:", "is used:", "applies:", "should be assigned:", "is recorded:"],
    ["In addition,", "Additionally,", "In addition", "Furthermore", "Moreover,"],
    ["Note:", "NOTE:", "Please note:", "Note -", "NB:", "Notes:"],
    ["One of the following", "One of these codes", "Either of the following", "Only one of the following"],
    ["at the same operation", "during the same operation", "at the same session", "at the same time"],
    ["category", "OPCS-4 category"],
    ["a code from", "a code out of", "a code of", "a code belonging to"],
    ["whenever", "when", "where", "if"],
    ["is required as well", "must be added", "has to be added", "is needed in addition"],
    ["(if used)", "(where used)", "(if applicable)", "(when used)", "(if carried out)", "(as applicable)"],
    ["If performed", "When performed", "If carried out", "Where performed", "If done", "If undertaken"],
    ["can be added", "may be added", "may also be recorded", "can also be assigned"],
    ["ICD-10 code ", "ICD-10 diagnosis code ", "ICD 10 code ", "ICD10 code "],
    ["operation", "procedure"],
    ["tells", "says", "shows"],
    ["is coded to", "is classified to", "is assigned to"],
    ["Codes in category", "Codes from category", "Codes of category"],
]
_LINES = [
    ["Or", "OR", "or", "Or:", "or else", "Alternatively", "(or)"],
    ["Plus", "PLUS", "plus", "And", "With", "Plus:", "Followed by", "In addition:", "Together with"],
]
_HEADINGS = [
    ["OPCS-4 code(s):", "OPCS-4 codes:", "OPCS-4 code(s)", "OPCS-4.9", "OPCS-4 codes and titles"],
    ["ICD-10 code(s):", "ICD-10 codes:", "ICD-10 code(s)", "ICD-10"],
    ["Coding recommendations", "Clinical coding recommendations", "Coding recommendation"],
    ["OPCS4.6 Code(s)", "OPCS4.5 Code(s)", "OPCS 4.6 Codes", "OPCS-4.7 code(s)"],
]


def _one_class(text: str, rng: random.Random) -> str:
    for words in rng.sample(_CLASSES, 6):
        pattern = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))
        text = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", lambda _, w=words: rng.choice(w), text)
    return text


def _lines(text: str, rng: random.Random) -> str:
    for words in _LINES + _HEADINGS:
        own = {w.lower() for w in words}
        chosen = rng.choice(words)
        text = "\n".join(
            line.replace(bare, chosen)
            if (bare := line.strip(" \u2022#*")) and bare.lower() in own and not line.endswith((" Or", " or"))
            else line
            for line in text.split("\n")
        )
    return text


def _separator(text: str, rng: random.Random) -> str:
    mark = rng.choice([" - ", ": ", "  ", "\t", " \u2013 ", "\u00a0", " "])
    start = re.compile(rf"^([ \t\u2022*]*)({_CODE})(\*{{0,2}})[ \t]+(?=[A-Z])", re.MULTILINE)
    return start.sub(lambda m: f"{m[1]}{m[2]}{m[3]}{mark}", text)


def _category(text: str, rng: random.Random) -> str:
    mark = rng.choice([".-", ". -", ".\u2013", " .-"])
    return re.sub(r"(?<=[A-Z]\d\d)\.\s?-(?![\d])", mark, text)


def _squeezed(text: str, rng: random.Random) -> str:
    return re.sub(r"\n[ \t]*\n+", "\n\n", text)


def _spread(text: str, rng: random.Random) -> str:
    """An empty line between all lines that begin with a code or a capital and are short."""
    return re.sub(rf"\n(?=[ \t\u2022*]*{_CODE}\b)", "\n\n", text)


def _rewrapped(text: str, rng: random.Random) -> str:
    width = rng.choice([66, 78, 95])
    done = []
    for line in text.split("\n"):
        inside = re.match(r"[ \t]*", line)
        indent = inside[0] if inside else ""
        done += textwrap.wrap(
            line, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        ) or [""]
    return "\n".join(done)


def _quotes(text: str, rng: random.Random) -> str:
    return text.replace("'", "\u2019").replace(" \u2019", " \u2018")


def _footer(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    blanks = [i for i, line in enumerate(lines) if not line.strip() and i > 3]
    if blanks:
        at = rng.choice(blanks)
        lines[at:at] = ["", rng.choice(["Page 1 of 2", "1", "page 2", "- 3 -"]), ""]
    return "\n".join(lines)


def _bold(text: str, rng: random.Random) -> str:
    return re.sub(rf"^({_CODE} [^\n*]+)$", r"**\1**", text, flags=re.MULTILINE)


def _upper(text: str, rng: random.Random) -> str:
    return text.replace("Note:", "NOTE:").replace("Includes:", rng.choice(["INCLUDES:", "Includes", "Including:"]))


_WAYS: list[Callable[[str, random.Random], str]] = [
    _one_class, _one_class, _lines, _separator, _category, _squeezed, _spread, _rewrapped, _quotes, _footer, _bold,
    _upper,
]  # fmt: skip


def variants(text: str, count: int) -> Iterator[str]:
    """So many other wordings of a text."""
    for seed in range(count):
        rng = random.Random(f"{seed}:{len(text)}")  # noqa: S311 - no secret, only variety
        made = text
        for way in rng.sample(_WAYS, rng.randint(1, 5)):
            made = way(made, rng)
        yield made
