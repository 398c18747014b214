"""What callers get during canaries: bad versions, kills and load, with callers who never stop."""
