"""The demo: a generated company and a stand-in for Slack in the browser, driving the real app."""
