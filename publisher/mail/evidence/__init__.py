"""Who can tell whether a relay took a message whose reply nobody saw."""
