"""Power cuts on real file systems: record what a file system writes, and mount every state."""
