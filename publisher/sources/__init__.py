"""The outside world's articles become ours: sources, their formats, and the intake."""
