"""Where pictures come from, and the other programs of this PC that get them, too."""
