"""Hook of mkdocs: pages link to files of the repository outside docs/, and the site has a copy of each such file.

docs/loading.md: ../examples/torch_ddp.py     becomes     files/examples/torch_ddp.py
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
_OUTSIDE = re.compile(r"\]\(\.\./([^)#]+)")


def on_files(files: Files, config: Any) -> Files:
    """Add every file outside docs/ to which a page links."""
    pages = [file.content_string for file in files.documentation_pages()]
    for path in sorted({path for page in pages for path in _OUTSIDE.findall(page)}):
        files.append(File.generated(config, f"files/{path}", abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Change links to files outside docs/ into links to their copies."""
    return _OUTSIDE.sub(r"](files/\1", markdown)
