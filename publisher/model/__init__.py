"""Decisions as pure functions of plain values; standard library only, no I/O."""
