"""Recommendations as documents: the other way of `kg.guidance`.

What a layout cannot say in one way only is refused, never said wrongly.
"""
