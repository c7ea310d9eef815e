"""The live path: websockets, the broker, and the way into the record."""
