"""Lighthouse, from npm, on the pages of a furnished office."""
