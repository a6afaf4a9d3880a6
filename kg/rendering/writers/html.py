"""A page as HTML: one file, escaped, its style inside, nothing fetched from elsewhere."""

from __future__ import annotations

from html import escape

from kg.rendering.page import Block, Kind, Page

_STYLE = """\
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #212b32; }
body { font: 1rem/1.5 "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.3; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-top: 1px solid #d8dde0; padding-top: 1rem; }
h3 { font-size: 1rem; color: #425563; } p { margin: .5rem 0; }
p.code { font-weight: 600; padding-left: .75rem; border-left: 3px solid #005eb8; }
p.connective { color: #425563; padding-left: .75rem; }
p.variant { font-weight: 600; margin-top: 1.25rem; }
p.lead { margin-top: 1.25rem; }
p.note { background: #f0f4f5; padding: .5rem .75rem; }
@media print { body { margin: 0; } p.code { break-inside: avoid; } h2, h3, p.variant { break-after: avoid; } }"""


def write(page: Page) -> bytes:
    """The HTML of a page, UTF-8."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    lines = (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
        f"<title>{escape(page.title or page.id)}</title>",
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width">',
        f"<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<main>",
        *map(_element, page.blocks),
        "</main>\n</body>\n</html>\n",
    )
    return "\n".join(lines).encode("utf-8")


def _element(block: Block) -> str:
    text = escape(block.text)
    if block.level:
        return f"<h{block.level}>{text}</h{block.level}>"
    return f"<p>{text}</p>" if block.kind is Kind.PROSE else f'<p class="{block.kind}">{text}</p>'
