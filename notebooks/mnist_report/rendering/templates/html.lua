-- HTML: self-contained pictures, captions, code that folds, and a scrolling
-- frame around whatever may be wider than a phone.

local WIDE = 330 -- points: a wider picture scrolls rather than shrinks
local LONG = 60 -- characters in a table's cell

local function html(s) return pandoc.RawBlock("html", s) end

local function escape(s)
  return (s:gsub("&", "&amp;"):gsub('"', "&quot;"):gsub("<", "&lt;"))
end

local function frame(name, tag)
  return "<" .. tag .. ' class="scroll" tabindex="0" role="group" aria-label="'
    .. escape(name) .. '">'
end

local function framed(blocks, name)
  local out = pandoc.Blocks { html(frame(name, "div")) }
  out:extend(blocks)
  out:insert(html("</div>"))
  return out
end

local function image(i)
  local mime, data = pandoc.mediabag.fetch(i.src)
  local alt = i.attributes.alt or pandoc.utils.stringify(i.caption)
  local width = tonumber((i.attributes.width or ""):match("^([%d.]+)pt$"))
  return pandoc.RawInline("html", '<img src="' ..
    pandoc.mediabag.make_data_uri(mime, data) ..
    '" alt="' .. escape(alt) .. '"' ..
    (width and ' style="width: ' .. width .. 'pt"' or "") ..
    (width and width > WIDE and ' class="wide"' or "") .. ">")
end

-- a bound value can be asked what stands behind it
local function value(s)
  if not s.classes:includes("value") then return nil end
  s.attributes.tabindex = "0"
  s.attributes["aria-describedby"] = "about-" .. s.attributes["data-target"]
  return s
end

-- a name that no line can hold parts after an underscore
local function name(c)
  if #c.classes > 0 or not c.text:find("_") then return nil end
  local text = escape(c.text):gsub("_", "_<wbr>")
  return pandoc.RawInline("html", "<code>" .. text .. "</code>")
end

local equations = 0
local function math(m)
  local label = m.text:match("\\label%s*{([^}]*)}")
  m.text = m.text:gsub("%s*\\label%s*{[^}]*}", "")
  if m.mathtype == "InlineMath" then return m end
  local inlines = pandoc.Inlines {
    pandoc.RawInline("html", frame("Formula", "span")), m,
    pandoc.RawInline("html", "</span>") }
  if not label then return inlines end
  equations = equations + 1
  inlines:insert(pandoc.Span("(" .. equations .. ")", { class = "number" }))
  return pandoc.Span(inlines, { id = label, class = "equation" })
end

-- an empty corner cell is no header for a screen reader; a cell of many
-- words shall not be squeezed to one word a line
local function headed(t)
  for _, row in ipairs(t.head.rows) do
    for _, cell in ipairs(row.cells) do
      if pandoc.utils.stringify(cell.contents) == "" then
        local word = pandoc.Span("Row", { class = "unseen" })
        cell.contents = { pandoc.Plain { word } }
      end
    end
  end
  for _, body in ipairs(t.bodies) do
    for _, row in ipairs(body.body) do
      for _, cell in ipairs(row.cells) do
        if #pandoc.utils.stringify(cell.contents) > LONG then
          cell.classes:insert("long")
        end
      end
    end
  end
  return t
end

local function plain_table(t) return framed({ headed(t) }, "Table"), false end

local function numbered(div, word)
  local name = word .. " " .. div.attributes.number
  local inside, caption = pandoc.Blocks {}, pandoc.Inlines {}
  for _, b in ipairs(div.content) do
    if b.t == "Div" and b.classes:includes("caption") then
      caption = pandoc.utils.blocks_to_inlines(b.content)
    else
      inside:insert(b.t == "Table" and headed(b) or b)
    end
  end
  local label = name:gsub(" ", "\u{a0}") .. "."
  local figcaption = pandoc.Blocks {
    html("<figcaption>"),
    pandoc.Plain(pandoc.Inlines {
      pandoc.Span(label, { class = "label" }), pandoc.Space() } .. caption),
    html("</figcaption>") }
  local out = pandoc.Blocks { html('<figure id="' .. div.identifier ..
    '" class="' .. div.classes[1] .. '">') }
  if word == "Table" then out:extend(figcaption) end
  out:extend(framed(inside, name))
  if word == "Figure" then out:extend(figcaption) end
  out:insert(html("</figure>"))
  return out, false
end

local function div(d)
  if d.classes:includes("figure") then return numbered(d, "Figure") end
  if d.classes:includes("table") then return numbered(d, "Table") end
end

local function code(c)
  if not c.classes:includes("cell") then return nil end
  local open = c.classes:includes("hidden") and "" or " open"
  return { html('<details class="code"' .. open ..
    "><summary>Code</summary>"), c, html("</details>") }
end

return {
  { Math = math, Image = image, Span = value, Code = name },
  { traverse = "topdown", Div = div, Table = plain_table, CodeBlock = code },
}
