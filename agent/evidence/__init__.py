"""Images of the camera and the screen, from the moment they are taken to the hub."""
