"""The web pages as one application: finds the view of a path, and tells faults in the same dress."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from kg.errors import KgError
from kg.serve.guard import Guard
from kg.serve.http import WHO, Headers, Receive, Scope, Send, disconnected, reply, with_charset
from kg.serve.negotiate import HTML
from kg.serve.pages import changes, checking, guidance, home, picture, questions, review, searching, things
from kg.serve.pages.asking import Asking
from kg.serve.pages.rendering import GUARD, render, static_files
from kg.serve.pages.request import Data, Moved, Page, Reply, Request, read
from kg.serve.releases import Release, Releases, release_of

View = Callable[[Asking, Request], Awaitable[Reply]]
ROUTES = ("", "page", "guidances", "search", "check", "query", "around", "changes", "review", "static")
"""The first segments of the paths that are pages."""

_FORMS = frozenset({"check", "query"})  # what may be sent as a form
_VIEWS: Mapping[str, View] = {
    "": home.home,
    "guidances": home.guidances,
    "search": searching.found,
    "check": checking.check,
    "query": questions.questions,
    "around": picture.around,
    "changes": changes.changes,
    "review": review.waiting,
}
_THINGS: Mapping[str, View] = {
    "guidance": guidance.guidance,
    "opcs-4": things.code,
    "icd-10": things.code,
    "snomed-ct": things.concept,
}


class Pages:
    """All pages over the release in use."""

    def __init__(self, releases: Releases, guard: Guard) -> None:
        self.releases, self.guard = releases, guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """Answer one request; a fault is a page too.

        Raises:
            GoneError: nobody waits.
        """
        try:
            limits = self.releases.limits
            asked = await read(scope, receive, limits.body, limits.patience)
            answer = await self._answer(asked, release_of(scope), receive)
        except KgError as fault:
            await self.fault(scope, send, fault, request)
            return
        await _send(send, answer, asked.base, scope["method"], request)

    async def fault(self, scope: Scope, send: Send, fault: KgError, request: str) -> None:
        """Send a fault as a page, with its id and text."""
        status = fault.kind.http
        values = {"fault": fault, "status": status, "request": request, "path": scope["path"]}
        page = Page("fault.html", values, status, private=True)
        await _send(send, page, scope.get("root_path", ""), scope["method"], request)

    async def _answer(self, asked: Request, release: Release, receive: Receive) -> Reply:
        if asked.route == "static":
            return _static(asked)
        if asked.method == "POST" and asked.route not in _FORMS:
            raise KgError("KG-E1110", "nothing is sent to this page", hint="Use GET.")
        asking = Asking(release, self.guard, lambda: disconnected(receive))
        if asked.route == "page":
            if not asked.parts or not all(asked.parts):
                raise nothing_there(asked)
            kind, *rest = asked.parts
            return await (_THINGS.get(kind, things.thing) if rest else things.thing)(asking, asked)
        view = _VIEWS.get(asked.route)
        if view is None or any(asked.parts):
            raise nothing_there(asked)
        return await view(asking, asked)


def nothing_there(asked: Request) -> KgError:
    """The fault of an address that leads nowhere."""
    return KgError("KG-E1113", f'nothing is at "{asked.address[:200]}"', hint="Begin at the first page, or search.")


def _static(asked: Request) -> Data:
    name = "/".join(asked.parts)
    if name not in static_files():
        raise nothing_there(asked)
    body, media = static_files()[name]
    kept = b"public, max-age=31536000, immutable" if asked.text("v") else b"public, max-age=3600"
    return Data(body, media, ((b"cache-control", kept),))


async def _send(send: Send, answer: Reply, base: str, method: str, request: str) -> None:
    common: Headers = (*GUARD, (b"x-request-id", request.encode()))
    match answer:
        case Page(template, values, status, private):
            keep = b"no-store" if private else b"no-cache"
            head = (
                *common,
                (b"content-type", with_charset(HTML)),
                (b"cache-control", keep),
                (b"content-language", b"en-GB"),
                (b"vary", b"Accept"),
            )
            if status == 405:
                head = (*head, (b"allow", b"GET, HEAD, POST"))
            if status == 401:
                head = (*head, *WHO)
            if status in {429, 503}:
                head = (*head, (b"retry-after", b"5"))
            await reply(send, status, render(template, values, base), head, method)
        case Moved(where, status):
            await reply(send, status, b"", (*common, (b"location", (base + where).encode("latin-1"))), method)
        case Data(body, media, headers):
            kind = (b"content-type", with_charset(media))
            await reply(send, 200, body, (*common, *headers, kind), method)
