"""Event loops, and waiting on one stack while another runs."""
