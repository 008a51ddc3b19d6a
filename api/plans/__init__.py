"""Plans as a resource: asked for as jobs, kept with their papers, and shown."""
