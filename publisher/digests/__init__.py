"""Digests: who is due, what they get, composing it once, delivering it, accounting."""
