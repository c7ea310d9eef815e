"""Who there is: tenants, members, groups and rights, and how people sign in."""
