"""What other programs say of each file of the suite, with the descriptions in `spec/`."""
