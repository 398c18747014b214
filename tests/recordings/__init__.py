"""Whole lives of environments, recorded request by request for the checks of permissions and requests."""
