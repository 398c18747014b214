"""The recommender: it answers over HTTP from one model, which its trainer makes."""
