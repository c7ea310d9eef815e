"""What runs on the worker's PC: it looks, judges, and tells the hub."""
