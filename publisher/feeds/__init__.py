"""Feeds: articles and heads in, bytes out; then kept, served and announced.

`fragments` renders one article in one format, `documents` joins fragments under a
head, `validators` and `conditional` say what a client already has. Those are pure:
values in, bytes out; no store, clock, configuration or network.
"""
