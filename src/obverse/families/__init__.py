"""One file a family: a card and the hooks it has. The registry finds them by scanning this folder."""
