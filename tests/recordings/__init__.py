"""Whole lives of environments, recorded request by request for those who judge permissions and requests."""
