"""Templates to bytes. Everything that is put into one is escaped; nothing of a page comes from another host."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kg.resources import VERSION
from kg.serve.http import Headers
from kg.serve.pages import links

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
GUARD: Headers = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What goes with every page: no script, style or request but our own, in no frame, and no address told to others."""


@cache
def static_files() -> Mapping[str, tuple[bytes, str]]:
    """The files beside the pages by name: bytes and media type."""
    found = sorted(path for path in STATIC.iterdir() if path.suffix in MEDIA)
    return {path.name: (path.read_bytes(), MEDIA[path.suffix]) for path in found}


@cache
def version_of(name: str) -> str:
    """A mark that changes with a file's bytes, so that a browser may keep it for good."""
    return hashlib.blake2b(static_files()[name][0], digest_size=6).hexdigest()


def render(template: str, values: Mapping[str, Any], base: str) -> bytes:
    """A page as bytes; `base` is the path below which the server stands."""
    made = _environment().get_template(template)
    return made.render(
        base=base,
        href=lambda path: base + path,
        page=lambda system, id: base + links.page_of(system, id),
        static=lambda name: f"{base}/static/{name}?v={version_of(name)}",
        version=VERSION,
        **values,
    ).encode()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "number": lambda value: f"{value:,}",
        "plural": plural,
        "segment": lambda text: quote(str(text), safe="-._~"),
        "query": lambda values: urlencode(values, doseq=True),
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
        "oneline": lambda text: " ".join(str(text).split()),
        "folder": links.FOLDERS.__getitem__,
    }
    return made


def plural(count: int, noun: str, many: str = "") -> str:
    """A number with its noun: `1 code`, `2,000 codes`."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"
