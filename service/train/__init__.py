"""From a file of ratings to an artefact that the service answers from.

`python -m service.train` reads ratings, factorises, measures on held-out ratings, and writes the artefact.
"""
