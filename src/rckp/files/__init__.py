"""Opening, reading and changing files and directories safely."""
