"""The plain rules of RSS, Atom and JSON Feed, asked of a document of anybody's.

`reading.lint_document` takes bytes and returns what is wrong, each with its line or
element. Nothing is fetched, no entity is expanded, no document is believed.
"""
