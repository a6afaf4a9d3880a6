"""Folders of documents: which there are, reading them side by side in bounded processes, and what became of each."""
