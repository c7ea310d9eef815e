"""Images from devices, and images as people see them."""
