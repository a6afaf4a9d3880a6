"""What a store answers, as JSON: a module for each kind of question, for the commands and the server alike.

Functions of a workspace and plain arguments. Each makes the shape that programs rely on; how it looks to the eye is the
business of whoever shows it.
"""
