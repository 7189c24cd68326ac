"""Requests that we make: to addresses from outside only where those are public."""
