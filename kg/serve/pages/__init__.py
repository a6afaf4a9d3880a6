"""The web pages: what a release answers, in HTML that works without scripts; nothing is loaded from elsewhere.

`site` finds the view for a path, a view asks (`asking`) and makes the values of a template, `rendering` fills it in.
"""
