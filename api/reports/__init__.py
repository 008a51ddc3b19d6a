"""Reports as a resource: BeiDou sentences come in, are kept, read and shown."""
