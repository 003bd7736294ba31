"""What the report needs and its reader need not see."""

import gc
import sys

# no notebook holds what it is for: a grammar that jsonschema, which nbformat
# imports, would build for more than a second
sys.modules.setdefault("rfc3987_syntax", None)

# figures and documents are many objects and few cycles: looking for these
# after every 700 new ones took a tenth of a short run
gc.set_threshold(50_000, 20, 20)
