"""The stored results of all implementations, and the program that renews them."""
