"""The crash tests of every implementation that has a store: their figures and the table of them."""
