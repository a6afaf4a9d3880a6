"""The answer of a release to one question, as HTTP: told once whether it changed, its fault, or its bytes."""

from __future__ import annotations

from collections.abc import Callable

from kg.serve.http import OPEN, Receive, Scope, Send, disconnected, headers_of, problem, reply, with_charset
from kg.serve.messages import Question
from kg.serve.pool import Answer
from kg.serve.releases import Release


def accept_all(answer: Answer) -> None:
    """Any answer will do."""


async def send_answer(
    release: Release,
    question: Question,
    scope: Scope,
    receive: Receive,
    send: Send,
    request: str,
    check: Callable[[Answer], None] = accept_all,
) -> None:
    """Ask a release and send what it answers, under an ETag of release and question .

    `check` may refuse an answer that is none by raising a KgError.

    Raises:
        KgError: those of `Release.answer` and of `check`. GoneError: nobody waits.
    """
    tag, method = release.tag(question), scope["method"]
    kept = ((b"etag", tag.encode()), (b"cache-control", b"no-cache"), (b"x-request-id", request.encode()))
    known = headers_of(scope).get("if-none-match", "")
    if tag in known or known == "*":
        await reply(send, 304, b"", (*OPEN, *kept))
        return
    answer = await release.answer(question, lambda: disconnected(receive), tag=tag)
    if answer.fault is not None:
        await problem(send, answer.fault, answer.text, answer.status, request, method)
        return
    check(answer)
    await reply(send, 200, answer.body, (*OPEN, *kept, (b"content-type", with_charset(answer.media))), method)
