# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Hostile input to the loader; readers and live run it."""
