"""RDF: recommendations as quads and back, the relations derived from them, exports, shapes, the store and its queries.

`iris` mints, `vocabulary` names the terms of `ontology/kg.ttl`, `encode` and `decode` are each other's inverse,
`classifications` writes the facts of codes that guidances share, `relations` runs the rules of `queries/derive`,
`dataset` describes the whole, `canonical`, `export` and `shapes` write and check it.
"""
