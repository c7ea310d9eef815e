"""Images and templates of members, where they are kept, and who looked."""
