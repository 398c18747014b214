"""One command per figure that the documentation quotes; run them from the clone's root."""
