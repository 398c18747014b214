"""What callers get of canaries: bad versions, kills and load, beside callers who never stop."""
