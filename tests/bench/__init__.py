"""``make bench``: how fast the API answers, as ratios to bare SQL measured in the same minute."""
