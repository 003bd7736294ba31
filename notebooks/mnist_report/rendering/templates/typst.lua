-- Typst: the report's blocks become calls of the functions in style.typ.

local WRAPPED = { output = true, warning = true, listing = true }

local function quote(s)
  return '"' .. s:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"'
end

local function raw(s) return pandoc.RawBlock("typst", s) end

-- PDF/UA asks for an alternative text of each formula: its TeX source.
-- pandoc rounds \; and \! to whole ems
local function formula(m)
  local label = m.text:match("\\label%s*{([^}]*)}")
  local tex = m.text:gsub("%s*\\label%s*{[^}]*}", "")
  tex = tex:gsub("^%s+", ""):gsub("%s+$", "")
  local block = m.mathtype == "DisplayMath"
  local doc = pandoc.Pandoc { pandoc.Plain { pandoc.Math(m.mathtype, tex) } }
  local body = pandoc.write(doc, "typst"):gsub("%s+$", "")
  body = body:gsub("#h%(0em%)", "thick"):gsub("#h%(%-1em%)", "#h(-.17em)")
  return pandoc.RawInline("typst", "#math.equation(block: " ..
    tostring(block) .. ", alt: " .. quote((tex:gsub("%s+", " "))) ..
    (label and ', numbering: "(1)"' or "") .. ", " .. body .. ")" ..
    (label and "<" .. label .. ">" or ";"))
end

-- pandoc's own writer drops the alternative text
local function image(i)
  local alt = i.attributes.alt or pandoc.utils.stringify(i.caption)
  local width = i.attributes.width and ", width: " .. i.attributes.width or ""
  return pandoc.RawInline("typst", "#picture(" .. quote(i.src) .. ", alt: " ..
    quote(alt) .. width .. ")")
end

local function appendix(h)
  if h.classes:includes("appendix") then
    return { raw("#show: appendices"), h }
  end
end

-- pandoc makes a figure of every table, which would count as one
local function bare(t)
  local text = pandoc.write(pandoc.Pandoc { t }, "typst-smart-citations",
    { wrap_text = "none" })
  local inner = text:match("^#figure%(%s*align%(center%)%[(.*)%]%s*,%s*kind: table%s*%)%s*$")
  if not inner then error("pandoc writes tables in a new way: " .. text) end
  return raw(inner)
end

-- Of a column: its longest word, its longest cell, and that or its heading
local SHORT, LONG = 8, 60
local function measured(t, i)
  local word, longest = 1, 1
  local function read(cell, short)
    local text = pandoc.utils.stringify(cell.contents)
    local size = utf8.len(text)
    for part in text:gmatch(size <= short and ".+" or "[^ \n]+") do
      word = math.max(word, utf8.len(part))
    end
    return math.min(size, LONG)
  end
  for _, body in ipairs(t.bodies) do
    for _, row in ipairs(body.body) do
      longest = math.max(longest, read(row.cells[i], SHORT))
    end
  end
  local heading = 0
  for _, row in ipairs(t.head.rows) do
    heading = math.max(heading, read(row.cells[i], 0))
  end
  return { word = word, longest = math.max(word, longest),
    all = math.max(longest, heading) }
end

-- In a table wider than the page a column is as wide as its longest word and
-- takes its part of what is left, the more, the further its cells are from
-- standing on one line; headings may wrap. A page holds some hundred
-- characters of a table's size, more where no space is lost between them; a
-- gap takes three.
local WIDEST, ROOM, GAP = 106, 116, 3
local function proportioned(t)
  local columns, all, least, most = {}, 0, 0, 0
  for i in ipairs(t.colspecs) do
    local column = measured(t, i)
    columns[i] = column
    all = all + column.all + GAP
    least = least + column.word + GAP
    most = most + column.longest + GAP
  end
  if all <= WIDEST or least >= WIDEST then return t end
  local share = most > least and (ROOM - least) / (most - least) or 0
  share = math.min(1, share)
  local total = least + share * (most - least)
  for i, column in ipairs(columns) do
    local width = column.word + GAP + share * (column.longest - column.word)
    t.colspecs[i] = { t.colspecs[i][1], width / total }
  end
  return t
end

-- About how many lines a table takes; a page holds some fifty
local LONGEST = 20
local function lines(div)
  local n = 0
  local function add(row)
    local characters = 0
    for _, cell in ipairs(row.cells) do
      characters = characters + #pandoc.utils.stringify(cell.contents)
    end
    n = n + 1 + characters // 100
  end
  div:walk { Table = function(t)
    for _, body in ipairs(t.bodies) do
      for _, row in ipairs(body.body) do add(row) end
    end
  end }
  return n
end

local function numbered(div)
  local blocks, caption = pandoc.Blocks {}, pandoc.Blocks {}
  for _, b in ipairs(div.content) do
    if b.t == "Div" and b.classes:includes("caption") then
      caption = b.content
    else
      blocks:insert(b)
    end
  end
  local kind = div.classes[1]
  local out = pandoc.Blocks { raw("#numbered(" .. kind ..
    ", floating: " .. div.attributes.floating ..
    ", breakable: " .. tostring(lines(div) > LONGEST) .. ", caption: [") }
  out:extend(caption)
  out:insert(raw("])["))
  out:extend(blocks)
  out:insert(raw("] <" .. div.identifier .. ">"))
  return out
end

local function references(div)
  local out = pandoc.Blocks {}
  for _, entry in ipairs(div.content) do
    out:insert(raw("#reference["))
    out:extend(entry.content)
    out:insert(raw("] <" .. entry.identifier .. ">"))
  end
  return out
end

local function div(d)
  if d.identifier == "refs" then return references(d) end
  if d.classes:includes("figure") or d.classes:includes("table") then
    return numbered(d)
  end
  if WRAPPED[d.classes[1]] then
    local out = pandoc.Blocks { raw("#" .. d.classes[1] .. "[") }
    out:extend(d.content)
    out:insert(raw("]"))
    return out
  end
end

-- What leads a list or a table, such as a card's sections, stays with it
local function lead(p)
  if #p.content == 1 and p.content[1].t == "Strong" then
    return { raw("#block(sticky: true)["), p, raw("]") }
  end
end

local function code(c)
  if c.classes:includes("hidden") then return {} end
end

local function span(s)
  if s.classes:includes("value") then return s.content end
end

return { { Math = formula, Image = image, Header = appendix, CodeBlock = code,
  Span = span, Div = div, Para = lead }, { Table = function(t) return bare(proportioned(t)) end } }
