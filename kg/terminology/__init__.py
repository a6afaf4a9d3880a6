"""What is known of codes: the open list of codes in use that the project ships; users' releases later.

- `in_use`: `OpenCodes`, titles and yearly counts from open data, answering `kg.codes.Classification`.
"""

from kg.terminology.in_use import OpenCodes

__all__ = ["OpenCodes"]
