"""The loops over each code of each episode, compiled by numba. Nothing here knows what a guidance or a standard is:
numbers come in and numbers go out, and what they mean is told where they are made (`kg.audit.tables`).

Compiled once on a machine (some seconds), then read from the cache beside the modules.
"""
