"""Documents of coding recommendations, read into `Recommendation`. See docs/reading.md.

`reading` is the door. On the way: `readers/` (bytes to a `Document`, one file a format) · `prose`, `paragraphs` (lines
as they were before they were wrapped; the coding part) · `spots`, `groups`, `items`, `concepts` (codes in a line) ·
`leads`, `conditions`, `effects`, `additions`, `sentences`, `asides` (what words over, behind and between them say) ·
`rows`, `scopes` (lines typed for the grammar) · `grammar` (recommendation.lark) · `assemble`, `apply` (the expression).
`phrases` is the lexicon.
"""
