"""How digests reach people: by mail and by webhook, as the environment says. Knows no store and no rule. May import: `domain`, `adapters.http`."""
