"""What people see and press, in a real Chromium.

axe.min.js is axe-core 4.14.1 by Deque Systems (Mozilla Public License 2.0, see axe.LICENSE).
"""
