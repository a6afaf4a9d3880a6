"""The store over HTTP: a SPARQL endpoint that can stand in the open, linked data, and pages.

Questions of strangers are answered in worker processes with limits (`worker`, `pool`); the process that speaks HTTP
never runs one. docs/security.md tells what is promised and what is not.
"""
