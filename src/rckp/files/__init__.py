"""Files that rckp writes for people and other programs."""
