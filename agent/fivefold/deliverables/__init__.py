"""Files to take away: each a plain function from what a run left to text or bytes."""
