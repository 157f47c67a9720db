"""Search: what people type, read as words and names; one statement that looks for them in every kind of record."""
