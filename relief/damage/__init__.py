"""What is needed: damage reports, their assessment, and the needs that follow."""
