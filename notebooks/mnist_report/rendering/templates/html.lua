-- HTML: self-contained pictures, captions, code that folds.

local function html(s) return pandoc.RawBlock("html", s) end

local function escape(s)
  return (s:gsub("&", "&amp;"):gsub('"', "&quot;"):gsub("<", "&lt;"))
end

local function image(i)
  local mime, data = pandoc.mediabag.fetch(i.src)
  local alt = i.attributes.alt or pandoc.utils.stringify(i.caption)
  local width = i.attributes.width and
    ' style="width: ' .. i.attributes.width .. '"' or ""
  return pandoc.RawInline("html", '<img src="' ..
    pandoc.mediabag.make_data_uri(mime, data) .. '" alt="' .. escape(alt) ..
    '"' .. width .. ">")
end

local numbers = {}
local function math(m)
  local label = m.text:match("\\label%s*{([^}]*)}")
  m.text = m.text:gsub("%s*\\label%s*{[^}]*}", "")
  if not label then return m end
  numbers[#numbers + 1] = label
  local number = pandoc.Span("(" .. #numbers .. ")", { class = "number" })
  return pandoc.Span({ m, number }, { id = label, class = "equation" })
end

local function scrolling(t, name)
  -- an empty corner cell is no header for a screen reader
  for _, row in ipairs(t.head.rows) do
    for _, cell in ipairs(row.cells) do
      if pandoc.utils.stringify(cell.contents) == "" then
        cell.contents = { pandoc.Plain {
          pandoc.Span("Row", { class = "unseen" }) } }
      end
    end
  end
  return { html('<div class="scroll" tabindex="0" role="group" aria-label="' ..
    name .. '">'), t, html("</div>") }
end

local function numbered(div, word)
  local name = word .. " " .. div.attributes.number
  local blocks, caption = pandoc.Blocks {}, pandoc.Blocks {}
  for _, b in ipairs(div.content) do
    if b.t == "Div" and b.classes:includes("caption") then
      caption = b.content
    elseif b.t == "Table" then
      blocks:extend(scrolling(b, name))
    else
      blocks:insert(b)
    end
  end
  local label = pandoc.Span(name:gsub(" ", "\u{a0}") .. ".",
    { class = "label" })
  if not caption[1] then caption[1] = pandoc.Plain {} end
  caption[1].content:insert(1, pandoc.Space())
  caption[1].content:insert(1, label)
  caption[1] = pandoc.Plain(caption[1].content)
  local out = pandoc.Blocks { html('<figure id="' .. div.identifier ..
    '" class="' .. div.classes[1] .. '">') }
  local figcaption = pandoc.Blocks { html("<figcaption>") }
  figcaption:extend(caption)
  figcaption:insert(html("</figcaption>"))
  if word == "Table" then out:extend(figcaption) end
  out:extend(blocks)
  if word == "Figure" then out:extend(figcaption) end
  out:insert(html("</figure>"))
  return out
end

local function div(d)
  if d.classes:includes("figure") then return numbered(d, "Figure") end
  if d.classes:includes("table") then return numbered(d, "Table") end
end

local function loose(t) return scrolling(t, "Table"), false end

local function code(c)
  if not c.classes:includes("cell") then return nil end
  local open = c.classes:includes("hidden") and "" or " open"
  return { html('<details class="code"' .. open ..
    "><summary>Code</summary>"), c, html("</details>") }
end

return { { Math = math, Image = image }, { traverse = "topdown",
  Div = function(d) local out = div(d); if out then return out, false end end,
  Table = loose, CodeBlock = code } }
