"""Documents of coding recommendations, read into `Recommendation`. See docs/reading.md.

`reading` is the door. A document goes through these rooms, each of which imports from those before it only:
`page` (the text as printed, its lines, its misprints) · `readers` (bytes to a `Document`, one file a format) · `parts`
(what a line or a sentence is made of: codes, what joins them, lead-ins, conditions) · `sentences` (what a sentence
means) · `lists` (what lines mean together, and what sentences do to them). Beside `reading` stand what asks a person
(`asked`, `oddities`, `account`, `compare`), what a person answers (`decisions`, `decided`) and what a person writes
(`handwritten`). `page.phrases` is the lexicon, `parts.grammar` the grammar.
"""
