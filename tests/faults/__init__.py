"""What the world does to an installation of several nodes, on real servers."""
