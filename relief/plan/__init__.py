"""What we do: the situation, the plan, and the proof that the plan holds."""
