"""A publishing desk for newsrooms: articles in, rubric feeds and digests out."""

__version__ = "0.1.0"
