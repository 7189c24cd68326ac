"""Questions that operators ask of the service."""
