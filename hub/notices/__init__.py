"""What people are told besides what a page shows: the events, their texts and their letters."""
