"""Who may ask what is about records: which sites, and who has a token."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

from kg.errors import KgError

_NONE: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Guard:
    """The sites whose pages may send records besides our own, and the SHA-256 of each token by the name of its owner;
    without tokens, anybody may ask.
    """

    origins: frozenset[str] = frozenset()
    tokens: Mapping[str, bytes] = field(default_factory=lambda: _NONE)

    def check(self, headers: Mapping[str, str]) -> None:
        """Refuse a request about records from another site, or without a token where one is needed.

        Raises:
            KgError: KG-E1119, KG-E1120.
        """
        self.check_site(headers)
        self.check_token(headers)

    def check_site(self, headers: Mapping[str, str]) -> None:
        """Refuse what a page of another site made a browser send.

        Raises:
            KgError: KG-E1120.
        """
        origin = headers.get("origin")
        if origin is not None and origin.lower() in self.origins:
            return
        ours = headers.get("host", "").lower()
        foreign = urlsplit(origin).netloc.lower() != ours if origin is not None else False
        if foreign or (origin is None and headers.get("sec-fetch-site") == "cross-site"):
            raise KgError(
                "KG-E1120",
                f'a page of "{(origin or "another site")[:100]}" may not send records here',
                why="It would act in the name of whoever reads that page.",
                hint='The operator can allow a site in the settings: origins = ["https://…"]',
            )

    def check_token(self, headers: Mapping[str, str]) -> None:
        """Refuse a request without a token, where any are set.

        Raises:
            KgError: KG-E1119.
        """
        if not self.tokens:
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        told = hashlib.sha256(token.strip().encode("latin-1", "replace")).digest()
        # Each is compared, in constant time: how long it takes tells nothing of which one is near.
        known = sum(hmac.compare_digest(told, one) for one in self.tokens.values())
        if scheme.lower() != "bearer" or not known:
            raise KgError(
                "KG-E1119",
                "records are answered for those who have a token",
                hint="Send it as Authorization: Bearer TOKEN. The operator of the server gives tokens out.",
            )
