"""Feeds and pages over HTTP: parse the request, call the room below, answer."""
