#!/usr/bin/env bash
# Tells the time at which it runs, in seconds since 1970: when the lab's time to live began.
# In: nothing
set -euo pipefail

date +%s
