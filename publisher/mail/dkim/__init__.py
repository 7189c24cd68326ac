"""DKIM (RFC 6376): our domain answers for every message; the door to cryptography."""
