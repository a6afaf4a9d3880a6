"""The documents say what the program does: commands are run, ids and forms compared."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

import kg
from kg import resources
from kg.cli.main import COMMANDS, cli, run
from kg.errors import CATALOGUE
from kg.expression.combination import combinations
from kg.expression.notation import read_recommendation

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_each_error_and_warning_has_its_heading_in_the_order_of_the_catalogue() -> None:
    told = re.findall(r"^### (KG-[EW]\d{4}): (.+)$", (ROOT / "docs/errors.md").read_text(encoding="utf-8"), re.M)
    assert told == [(kind.id, kind.title) for kind in CATALOGUE.values()]


def test_the_version_is_that_of_the_package() -> None:
    assert kg.__version__ == resources.VERSION


def test_every_command_is_in_the_readme() -> None:
    assert [name for name in COMMANDS if f"kg {name}" not in README] == []


DOCUMENTS = [
    ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "queries").rglob("*.rq")),
]  # fmt: skip
TOPS = "kg|tests|docs|ontology|queries|tools|benchmarks|examples|deploy|requirements"


def lines() -> Iterator[tuple[Path, str, str]]:
    """Each line of a document, with the document and where to find it."""
    for document in DOCUMENTS:
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1):
            yield document, f"{document.relative_to(ROOT)}:{number}", line


def anchors(document: Path) -> set[str]:
    """The names by which the headings of a document are linked."""
    told = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in told}


def test_every_file_and_heading_that_a_document_names_is_there() -> None:
    wrong: list[str] = []
    for document, place, line in lines():
        links = re.findall(r"\]\(((?!https?:|mailto:)[^)\s]+)\)", line)
        named = re.findall(rf"(?:`|^# see: +)((?:{TOPS})/[^`\s*<{{…]+)(?:`|$)", line)
        for target, base in [*((t, document.parent) for t in links), *((t, ROOT) for t in named)]:
            path, _, heading = target.partition("#")
            found = (base / path.partition(":")[0]) if path else document
            if not (found.exists() or found.with_suffix(".py").exists()) or (heading and heading not in anchors(found)):
                wrong.append(f"{place} {target}")
    assert wrong == []


def test_every_command_that_a_document_names_has_the_options_it_names() -> None:
    options = {
        name: {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help", "--debug"}
        for name in COMMANDS
        if (command := cli.get_command(click.Context(cli), name)) is not None
    }
    wrong = [
        f"{place} {name} {option}"
        for _, place, line in lines()
        for name, rest in re.findall(r"(?:`|\$ |^)kg ([a-z][a-z-]+)([^`#|]*)", line)
        for option in ["", *re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest)]
        if name not in options or (option and option not in options[name])
    ]
    assert wrong == []


def sessions() -> list[tuple[str, str]]:
    """The commands of the README's transcripts, each with the output below it; the picture at the top comes last."""
    found: list[tuple[str, str]] = []
    (picture,) = re.findall(r"^```text\n(.*?)^```", README, re.M | re.S)
    for block in [*re.findall(r"^```console\n(.*?)^```", README, re.M | re.S), picture]:
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def test_the_transcripts_of_the_readme_are_what_the_commands_print(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`[…]` in a transcript stands for anything."""
    (tmp_path / "examples").symlink_to(resources.path("examples"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("KG_STORE", raising=False)
    for command, wanted in sessions():
        words = shlex.split(command)
        assert words[0] == "kg", command
        formed = [] if words[1] in ("demo", "export", "--version") or "--format" in words else ["--format", "table"]
        code, told = run([*words[1:], *formed]), capsys.readouterr()
        pattern = ".*?".join(re.escape(part) for part in _plain(wanted).split("[…]"))
        assert code in (0, 1), told.err
        assert re.fullmatch(pattern, _plain(told.out), re.S), f"$ {command}\n{told.out}\n{told.err}"


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def test_the_example_of_the_notation_is_a_recommendation() -> None:
    text = (ROOT / "docs/notation.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    read = read_recommendation(yaml.safe_load(example))
    assert (combinations(read.procedure).count, combinations(read.diagnosis).count) == (3, 1)


@pytest.mark.parametrize(
    "document", ["README.md", "ARCHITECTURE.md", *(f"docs/{p.name}" for p in sorted((ROOT / "docs").glob("*.md")))]
)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []
