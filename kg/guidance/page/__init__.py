"""The text as it was printed: the document, its lines as they were before wrapping, its parts, its misprints."""
