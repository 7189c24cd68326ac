"""Readers: joining, choosing, leaving, and the consent for each step."""
