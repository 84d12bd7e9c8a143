"""Values as JSON, as text and as displays."""
