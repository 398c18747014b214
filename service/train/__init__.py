"""The trainer: from a file of ratings to an artefact that the service answers from.

`python -m service.train` reads ratings, factorises them, evaluates on held-out ratings, and writes the
artefact.
"""
