"""What may be captured: charter, consent and policy."""
