#!/usr/bin/env bash
# chromium.sh: makes sure a headless Chromium with software WebGL is here; prints the path for playwright-core's executablePath.
set -euo pipefail
command -v chromium-headless-shell >/dev/null || { apt-get update && apt-get install -y --no-install-recommends chromium-headless-shell fonts-dejavu-core fonts-inter; } >&2
command -v chromium-headless-shell
