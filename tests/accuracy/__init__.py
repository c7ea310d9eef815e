"""How often the agent decides rightly, measured on a folder of pictures that lies elsewhere."""
