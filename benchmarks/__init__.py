"""Measurements of the hot paths, each as a ratio to a reference of the same run."""
