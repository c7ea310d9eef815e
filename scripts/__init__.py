"""What builds the product from its sources."""
