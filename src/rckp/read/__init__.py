"""Reading: the generated codec, the scanner, and what explains files to people."""
