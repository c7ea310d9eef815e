"""Background work that any number of copies may do at once, without a leader."""
