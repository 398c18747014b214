"""The same model behind other servers, written as their own tutorials do."""
