"""What Python tests share: a private platform, clients of its interfaces, control of its processes."""
