"""What must go: by its age, with whom it was about, or because nothing needs it any more."""
