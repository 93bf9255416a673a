"""Files that come in pieces, so that a line that breaks costs one piece and not the whole."""
