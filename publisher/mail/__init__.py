"""The bytes of a message, transports and addresses; no store, no templates."""
