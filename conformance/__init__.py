"""What is run in a checkout: implementations, tests and tools."""
