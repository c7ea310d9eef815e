"""What presence means, as pure functions: time comes in, effects go out."""
