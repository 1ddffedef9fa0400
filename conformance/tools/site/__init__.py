"""Parts of the site that mkdocs and its theme do not make. `docs/hooks.py` calls them."""
