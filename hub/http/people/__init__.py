"""Members, groups, devices, tokens and contracts."""
