"""The page `docs/queries.md`, written from the headers of the named queries and the table of parameter types."""

from __future__ import annotations

from kg.graph.parameters import KINDS
from kg.graph.queries import FOLDER, Query, library

_BEGINNING = f"""# Named queries

Written by `tools/write_query_docs.py` from the headers of `{FOLDER}/*.rq`; a test keeps it current.

`kg query --list` lists them, `kg query NAME PARAMETER=VALUE` runs one on the store, with `--endpoint URL` on any
SPARQL 1.1 server that holds an export of it. Each file is standard SPARQL 1.1 and runs as it stands in any other tool:
its parameters are lines `VALUES ?name {{ … }}` that hold an example.

## Types of parameters

A value is read by the program's one reader of its type, and put into the query as a term, never as text.
"""

_OWN = """
## Queries of your own

`kg query FILE`, `kg query 'SELECT …'` and `kg query -` take any SELECT, ASK, CONSTRUCT or DESCRIBE. Known prefixes
need no declaration (the program tells which it added). Patterns outside of `GRAPH` are put to all data together, each
triple once, however many graphs have it. `GRAPH ?g { … }` tells who says so: there is one graph for each guidance
(`graph:guidance/IPG369`), and the shared `graph:classifications`, `graph:facets`, `graph:ontology`,
`graph:dataset`. The endpoint of `kg serve` answers the same.

A file of your own becomes a named query when it stands in the folder `queries/answer` with a header:

```sparql
# title:    Guidances that a code can belong to
# question: A coder sees a code in a record. Which guidances name it?
# param:    selector  selector   the code, category or range, e.g. J12.3
# param:    guidance  guidance?  only in this guidance (the ? says that it can be left out), e.g. IPG369
# returns:  guidance, title
```
"""


def page() -> str:
    """The whole page as Markdown."""
    types = ["| type | is |", "|---|---|", *(f"| {kind.name} | {kind.explained} |" for kind in KINDS.values())]
    index = [
        "| query | tells |",
        "|---|---|",
        *(f"| [{query.name}](#{query.name}) | {query.title} |" for query in library()),
    ]
    parts = [_BEGINNING, *types, _OWN, "## All queries", "", *index, "", *(_section(query) for query in library())]
    return "\n".join(parts).rstrip() + "\n"


def _section(query: Query) -> str:
    lines = [f"### {query.name}", "", f"{query.title}. {query.question}", ""]
    for parameter in query.parameters:
        left_out = ", can be left out" if parameter.optional else ""
        lines.append(
            f"- `{parameter.name}` ({parameter.kind}{left_out}): {parameter.description}, as `{parameter.example}`"
        )
    lines += [f"- returns {', '.join(f'`{column}`' for column in query.returns)}", f"- see `{query.see}`", ""]
    return "\n".join([*lines, "```console", f"$ {query.example}", "```", ""])
