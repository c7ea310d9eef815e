"""The server, and the protocol it owns."""
