"""What a view can ask of the release in use; the one place where pages meet what answers them."""

from __future__ import annotations

import json
from typing import Any

from kg.serve.guard import Guard
from kg.serve.messages import Question, fault_of, of_api, sparql
from kg.serve.pool import Answer
from kg.serve.protocol import RESULTS
from kg.serve.releases import Release

_TRIPLES = "application/n-triples"


class Asking:
    """The questions of one request, all put to one release."""

    def __init__(self, release: Release, guard: Guard, gone: Any) -> None:
        self.release, self.guard, self._gone = release, guard, gone

    @property
    def is_store(self) -> bool:
        """Whether a store is served, and not plain RDF files."""
        return self.release.data.union

    async def api(self, name: str, **arguments: Any) -> Any:
        """The answer to a question of the API by its name (`kg.serve.questions`).

        Raises:
            KgError: those of the answer.
        """
        return json.loads((await self._answered(of_api(name, arguments))).body)

    async def rows(self, query: str) -> list[dict[str, str]]:
        """The solutions of a SELECT of our own, each value as text; what is unbound is left out.

        Raises:
            KgError: those of the endpoint.
        """
        return [{name: term["value"] for name, term in row.items()} for row in (await self.solutions(query))[1]]

    async def solutions(self, query: str) -> tuple[list[str], list[dict[str, dict[str, str]]]]:
        """The names and solutions of a SELECT, terms as in the JSON results of SPARQL."""
        told = json.loads((await self.answer(query, RESULTS[0], _TRIPLES)).body)
        return told["head"].get("vars", []), told["results"]["bindings"]

    async def answer(self, query: str, results: str, graph: str) -> Answer:
        """The answer of the endpoint to a query, in either of two media types.

        Raises:
            KgError: the fault of the query, or of too much asked.
        """
        return await self._answered(sparql(query, results, graph))

    async def _answered(self, question: Question) -> Answer:
        answer = await self.release.answer(question, self._gone)
        if answer.fault is not None:
            raise fault_of(answer.fault)
        return answer
