"""What a tenant may do and what its members agreed to."""
