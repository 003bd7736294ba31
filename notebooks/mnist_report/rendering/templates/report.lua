-- For both formats, after citeproc: tables, and what no line may part.

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

-- A number and its percent sign stay on one line
local function unparted(inlines)
  for i = 2, #inlines - 1 do
    local before, after = inlines[i - 1], inlines[i + 1]
    if (inlines[i].t == "Space" or inlines[i].t == "SoftBreak")
      and before.t == "Str" and before.text:match("%d$")
      and after.t == "Str" and after.text:match("^%%") then
      inlines[i] = pandoc.Str("\u{a0}")
    end
  end
  return inlines
end

return { { Table = tidy, Inlines = unparted } }
