"""Recognition on the worker's own machine: from pixels to who is there."""
