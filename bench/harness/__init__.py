"""What the bench scripts share: programs, proxies, scenarios, measuring, reporting."""
