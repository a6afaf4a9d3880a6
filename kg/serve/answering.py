"""The answer of a release to one question, as HTTP: told once whether it changed, its fault, or its bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from kg.errors import KgError
from kg.serve.http import (
    OPEN,
    Headers,
    Receive,
    Reply,
    Scope,
    Send,
    disconnected,
    headers_of,
    problem_of,
    send_reply,
    with_charset,
)
from kg.serve.messages import Question, fault_of, for_strangers
from kg.serve.negotiate import wants_page
from kg.serve.pool import Answer
from kg.serve.releases import Release


class Pending(NamedTuple):
    """A question of a request that a release is to answer, with the ETag that the answer will have."""

    question: Question
    tag: str
    request: str

    def reply(self, answer: Answer) -> Reply:
        """What is told of the answer."""
        if answer.fault is not None:
            return problem_of(answer.fault, answer.text, answer.status, self.request)
        return Reply(200, self.headers(), answer.body, _shared(answer.media))

    def headers(self) -> Headers:
        """What goes with an answer, and with word that it has not changed."""
        return (b"etag", self.tag.encode()), (b"x-request-id", self.request.encode())


_KEPT: Headers = (*OPEN, (b"cache-control", b"no-cache"))


@lru_cache
def _shared(media: str) -> Headers:
    """The headers that all answers of a media type have."""
    return (*_KEPT, (b"content-type", with_charset(media)))


def accept_all(answer: Answer) -> None:
    """Any answer will do."""


def pending(release: Release, question: Question, headers: Mapping[str, str], request: str) -> Pending | Reply:
    """What a release is to answer to a request with these headers, or word that it has not changed."""
    waits = Pending(question, release.tag(question), request)
    known = headers.get("if-none-match")
    if known and (waits.tag in known or known == "*"):
        return Reply(304, waits.headers(), b"", _KEPT)
    return waits


def refused(fault: KgError, request: str) -> Reply:
    """A fault of a request, as it is told to strangers."""
    shown = for_strangers(fault)
    return problem_of(shown.as_dict(), str(shown), shown.kind.http, request)._replace(fault=fault.id)


async def send_answer(
    release: Release,
    question: Question,
    scope: Scope,
    receive: Receive,
    send: Send,
    request: str,
    check: Callable[[Answer], None] = accept_all,
) -> None:
    """Ask a release and send what it answers, under an ETag of release and question.

    `check` may refuse an answer that is none by raising a KgError.

    Raises:
        KgError: those of `Release.answer` and of `check`. GoneError: nobody waits.
    """
    waits = pending(release, question, headers_of(scope), request)
    await send_pending(release, waits, scope, receive, send, check)


async def send_pending(
    release: Release,
    told: Pending | Reply,
    scope: Scope,
    receive: Receive,
    send: Send,
    check: Callable[[Answer], None] = accept_all,
) -> None:
    """Send an answer, for which a release may have to be asked; as `send_answer` does. A fault of it is raised for who
    reads pages, and sent to others.
    """
    if isinstance(told, Pending):
        answer = await release.answer(told.question, lambda: disconnected(receive), told.tag)
        if answer.fault is None:
            check(answer)
        elif wants_page(headers_of(scope).get("accept")):
            raise fault_of(answer.fault)
        told = told.reply(answer)
    await send_reply(send, told, scope["method"])
