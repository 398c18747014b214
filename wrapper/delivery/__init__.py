"""What several verbs share: where a command works, what is to run, and the steps that take it there."""
