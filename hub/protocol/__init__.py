"""What travels between hub, agent and watchers: the standard library and msgspec only."""
