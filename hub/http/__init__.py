"""The REST interface, one file for each resource."""
