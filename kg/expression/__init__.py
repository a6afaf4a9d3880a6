"""What a recommendation says: expressions, conditions, contexts, combinations. Pure."""
