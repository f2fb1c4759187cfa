"""Telling people: one place that turns facts into lines in the app, mails at once and daily digests.

Nouns: Notification (a line in the app), Mail (an outbox row), NotificationSettings. Relies on the
facts of every package below it. Never decides anything; nobody calls it, they emit events.
"""
