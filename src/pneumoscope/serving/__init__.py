"""The service: an HTTP API in front of models and a history, and the page that uses it."""
