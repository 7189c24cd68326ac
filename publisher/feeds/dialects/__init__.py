"""Dialects: the feed that one aggregator takes, and why it would refuse an article.

A dialect is a value: what stands in its channel and its items, its limits, its rules.
One module for each holds nothing but that value; `sifting` asks the rules, `rendering`
writes the document, `publishing` reads the articles from the store.
"""
