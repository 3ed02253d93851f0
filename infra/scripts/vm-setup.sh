#!/usr/bin/env bash
# Makes the notes' forum-vm of a fresh Ubuntu; run once, as root, by cloud-init.
# In: HOST_NAME, ADDRESS, PACKAGES
# See the notes, 13: the CloudFormation template's EC24.
set -euo pipefail
# shellcheck source=lib/instance.sh
source lib/instance.sh

prepare_machine
install_packages
