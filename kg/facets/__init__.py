"""Facets of conditions, the words by which their values are recognised, and what words beside these do to them."""

from kg.facets.lexicon import Fact, Lexicon, load_facets, load_lexicon, plain

__all__ = ["Fact", "Lexicon", "load_facets", "load_lexicon", "plain"]
