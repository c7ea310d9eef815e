"""How the agent learns whose seat it is."""
