"""What the implementations answered to the suite: one file of results each, and how to renew it."""
