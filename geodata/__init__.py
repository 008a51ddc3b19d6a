"""Where things are and how long the road takes."""
