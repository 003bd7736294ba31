"""What the report needs and its reader need not see."""
