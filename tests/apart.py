"""A runner of scripts in a separate Python without vladata, the user's site packages, or network for Hugging Face."""

import os
import subprocess
import sys
from pathlib import Path


def run_apart(home: Path, script: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Run the script to its end, in and with `home`; the process with what it printed."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HF_HOME": str(home / "hf"),
        "HF_HUB_OFFLINE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, "-I", str(script), *map(str, arguments)]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
