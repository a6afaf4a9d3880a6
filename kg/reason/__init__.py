"""What follows from a recommendation: needs, matching, verdicts and their reasons. Pure: values in, values out."""
