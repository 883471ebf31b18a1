"""Every sentence that a person reads, in Korean and English, and how numbers and texts are written."""
