"""What Reflex is told: one origin, nothing stored on disk, nothing sent to anyone."""

import reflex as rx
from reflex_base.constants import StateManagerMode

from moonshot_app.origin import PLACEHOLDER

config = rx.Config(
    app_name="moonshot_app",
    # The pages are built once for every origin; the server puts the real one in (origin.py).
    api_url=PLACEHOLDER,
    deploy_url=PLACEHOLDER,
    # The server replaces this as well, with the origins of its settings (web.py).
    cors_allowed_origins=[PLACEHOLDER],
    # The default keeps what people type in clear on the disk.
    state_manager_mode=StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_compression_formats=["brotli", "gzip"],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
