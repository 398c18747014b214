"""How the project writes: the words of CONTRIBUTING.md, few rules of proselint, and reading ease."""
