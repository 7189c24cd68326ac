"""WebSub: hubs are told of changes, watched, and one of them is our own."""
