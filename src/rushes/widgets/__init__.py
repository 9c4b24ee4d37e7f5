"""What a notebook shows: the Studio, and jobs and results on their own."""
