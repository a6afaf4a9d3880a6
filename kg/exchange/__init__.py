"""The graph in the formats of neighbouring fields: a table of relations (CSV), SKOS, SSSOM, and FHIR R4.

What each holds is asked by a query of `queries/export`; the modules here only write. What a format cannot say is told
in it, and in docs/exchange.md.
"""
