"""The whole path, from frames to every screen, with nothing replaced but the camera."""
