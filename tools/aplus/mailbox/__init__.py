"""The mailbox of a local platform: takes every mail by SMTP, delivers none, shows them on a page."""
