"""`kg show`: all that is known of a code, category, chapter, concept or guidance, and where from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, clean, data_options, destination, heading, write_items

if TYPE_CHECKING:
    from kg.workspace import Workspace

_COLUMNS = ("kind", "id", "system", "title", "status", "guidances")


@click.command(epilog=examples("kg show J12.8", "kg show IPG369", "kg show 709020001", "kg show Z94 --system ICD-10"))
@click.argument("thing")
@click.option("--system", help="OPCS-4 or ICD-10, for a code that both have. Default: the one that knows it.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(thing: str, system: str | None, store: Path, form: str | None, output: Path | None) -> None:
    """Show all that is known of a code, concept or guidance.

    THING is a guidance (IPG369), a code in any printed form (J12.8, j128), a category (Y53.-), a chapter (Z) or a
    SNOMED CT concept.
    """
    from kg.answers.show import show
    from kg.workspace import open_workspace

    wanted = chosen(form, output)
    with open_workspace(store) as workspace:
        item = show(workspace, thing, system)
        if wanted == "table":
            with destination(output) as out:
                _tell(out, item, workspace)
        else:
            write_items([item], wanted, output, _COLUMNS, _rows, single=True)


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    yield item["kind"], item["id"], item["system"], item["title"], item["status"], " ".join(item["guidances"])


def _tell(out: IO[str], item: dict[str, Any], workspace: Workspace) -> None:
    """The thing for the eye."""
    if item["kind"] == "guidance":
        from kg.cli.read import tell_recommendation

        tell_recommendation(out, workspace.recommendation(item["id"]))
        return
    out.write(heading(out, f"{item['id']}  {item['title'] or '(title not known)'}") + "\n")
    facts = [("a", f"{item['kind']} of {item['system']}"), ("status", item["status"])]
    if item["system"] == "SNOMED CT" and item["edition"]:
        facts += _facts(workspace, item)
    elif item["parents"]:
        facts.append(("below", " in ".join(_titled(workspace, text, item["system"]) for text in item["parents"])))
    if editions := item.get("editions"):
        facts.append(("editions", ", ".join(editions)))
    if item["children"] and "below" not in item:
        facts.append(("codes below", f"{item['children']:,} known"))
    if use := item.get("recorded_in_england"):
        facts.append(
            (
                "recorded",
                ", ".join(f"{count:,} in {year}" for year, count in list(use.items())[-3:])
                + " (England, years from April)",
            )
        )
    facts += [("also called", title) for title in item.get("other_titles", ())]
    facts += [
        ("also", f"in {other['system']}: {other['title'] or 'a code of another meaning'}")
        for other in item.get("also", ())
    ]
    for name, told in facts:
        if told:
            out.write(f"  {name.ljust(12)}{clean(told)}\n")
    if item["uses"]:
        out.write("\n  named by\n")
    for use in item["uses"]:
        what = use.get("selector") or use.get("term") or ""
        before = f" ({use['through']['id']}, {use['through']['link']} this one)" if "through" in use else ""
        out.write(f"    {use['guidance']}, {use['side']} side: {clean(what)}{before}\n")
        if use["quote"]:
            out.write(f"      “{clean(' '.join(use['quote'].split()))}”\n")


def _facts(workspace: Workspace, item: dict[str, Any]) -> list[tuple[str, str]]:
    """What a release says of a concept, for the eye."""
    edition = workspace.release.snomed()
    facts = [("edition", item["edition"]), ("in full", item["fsn"])]
    facts += [("also called", term) for term in item["synonyms"]]
    facts += [("below", f"{id} {edition.term(int(id))}") for id in item["parents"]]
    facts += [("kinds of it", f"{item['children']:,} directly, {item['below']:,} in all")] if item["children"] else []
    facts += [("attribute", f"{a['type']} = {a['value']}") for a in item["attributes"]]
    facts += [
        ("map", f"{m['system']} {m['target']} (block {m['block']}, group {m['group']}, priority {m['priority']})")
        for m in item["maps"]
    ]
    facts += [("inactive as", item["reason"])] if item["reason"] else []
    facts += [("history", f"{h['link']} {h['id']} {h['title']} ({h['status']})") for h in item["replaced_by"]]
    direct = {h["id"] for h in item["replaced_by"]}
    facts += [("now", f"{n['id']} {n['title']} ({n['link']})") for n in item.get("now", ()) if n["id"] not in direct]
    return facts


def _titled(workspace: Workspace, text: str, system: str) -> str:
    from kg.codes import Scheme, parse_selector

    title = workspace.title(parse_selector(text, Scheme(system)))
    return f"{text} ({title[:1].lower() + title[1:]})" if title else text
