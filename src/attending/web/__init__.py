"""The web process: the HTTP API (api/) and the clinicians' pages (console/).

Reading order: parts, access (who may do what, and the transaction of a request), seals,
problems, protection, application; then api/ and console/, one file per resource or page.
"""
