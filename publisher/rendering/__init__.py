"""Pages and messages from templates: wording, layout, dates; no store, no config."""
