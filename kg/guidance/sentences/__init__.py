"""What a sentence means: the codes it adds, denies, ties to a condition or offers in place of others."""
