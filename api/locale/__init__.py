"""The catalogue of sentences: English is the key, `zh.po` holds the Chinese."""
