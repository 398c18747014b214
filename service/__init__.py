"""The recommender: an HTTP server that answers from one model, and the trainer (`train`) of models."""
