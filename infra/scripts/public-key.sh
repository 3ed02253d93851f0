#!/usr/bin/env bash
# Prints the public half of the stack's SSH key.
# In: KEY_FILE
set -euo pipefail

ssh-keygen -y -f "$KEY_FILE"
