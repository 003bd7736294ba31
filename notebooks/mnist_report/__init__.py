"""What the report needs and its reader need not see."""

import sys

# no notebook holds what it is for: a grammar that jsonschema, which nbformat
# imports, would build for more than a second
sys.modules.setdefault("rfc3987_syntax", None)
