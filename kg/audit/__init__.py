"""Episodes by the million against every guidance. What comes in and what goes out is said in `kg.audit.shapes`."""
