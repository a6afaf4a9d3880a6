"""What is known of codes and concepts: the open list of codes in use that the project ships, and the users' releases.

- `in_use`: `OpenCodes`, titles and yearly counts from open data, answering `kg.codes.Classification`.
- `release`: `Release`, the editions in a store: `snomed.SnomedEdition` and `code_edition.ReleasedCodes`.
- `building`: from a folder or zip as delivered to arrays; `layouts` describes the files (docs/releases.md).
"""

from kg.terminology.in_use import OpenCodes

__all__ = ["OpenCodes"]
