"""What several commands share: where a command works, what will run, and the steps of a delivery."""
