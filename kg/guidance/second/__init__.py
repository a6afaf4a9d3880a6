"""A second reading, by another way: what two codes mostly have to do with each other in documents with such words.

It knows nothing of the grammar, so that it errs elsewhere, and is only heard where it is all but sure.
"""

from kg.guidance.second.doubts import compared_in, report_unlikely

__all__ = ["compared_in", "report_unlikely"]
