"""The bytes: records, their layout, codec, scanner and JSON form."""
