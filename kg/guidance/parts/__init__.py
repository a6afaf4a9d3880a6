"""What a line or a sentence is made of: codes and what joins them, headings, lead-ins, words of conditions."""
