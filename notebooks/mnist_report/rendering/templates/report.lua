-- For both formats, after citeproc: tables, labels in formulas.

local function numeric(cell)
  local text = pandoc.utils.stringify(cell.contents)
  return text == "" or text:match("^[%s\u{a0}\u{2212}%d.,%%eE+±×()–-]+$")
end

-- Columns as wide as their content; numbers flush right unless told otherwise
local function tidy(t)
  for i, spec in ipairs(t.colspecs) do
    local align = spec[1]
    if align == "AlignDefault" then
      align = "AlignRight"
      for _, body in ipairs(t.bodies) do
        for _, row in ipairs(body.body) do
          if not numeric(row.cells[i]) then align = "AlignLeft" end
        end
      end
    end
    t.colspecs[i] = { align, nil }
  end
  return t
end

return { { Table = tidy } }
