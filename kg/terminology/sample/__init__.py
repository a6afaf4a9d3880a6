"""Releases made up for tests and benchmarks: real layouts, sizes and oddities, no licensed content.

Names, columns and encodings are those of `ontology/release_files.toml`; what is in them is seeded and listed.
"""
