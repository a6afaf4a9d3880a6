"""Pages as bytes, one file a format: text, Markdown, HTML, DOCX, PDF."""
