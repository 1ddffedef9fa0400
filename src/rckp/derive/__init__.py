"""What is made from the grammar, the vocabulary and the chapters: `python -m rckp.derive`."""
