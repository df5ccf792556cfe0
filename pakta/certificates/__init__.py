"""certificates: card to be written by its owner."""
