// Numbers and judgements in the notebook's text become those of this run, on
// the page; the file keeps its own until it is made or exported anew.

function words(link, texts) {
  const target = decodeURIComponent(link.hash.slice(1));
  const text = texts[target];
  if (text === undefined || !target.startsWith("find-")) return text;
  // a judgement within a longer sentence does without its full stop
  const goesOn = /^[.,;:]/.test(link.nextSibling?.textContent ?? "");
  return goesOn ? text.replace(/\.$/, "") : text;
}

function render({ model, el }) {
  el.classList.add("mnist-report-lab");
  const status = make("div", { className: "status", role: "status" });
  el.append(status);
  let notebook = null;
  const follow = () => {
    // cells out of sight may leave the page, this one among them
    notebook = el.closest(".jp-Notebook") ?? notebook;
    const links = notebook?.querySelectorAll(
      '.jp-MarkdownCell .jp-RenderedMarkdown a[href^="#"]') ?? [];
    for (const link of links) {
      const text = words(link, model.get("texts"));
      if (text !== undefined && link.textContent !== text) {
        link.textContent = text;
      }
    }
    if (notebook && !status.textContent) {
      status.textContent = "The numbers and judgements of the text above " +
        "are now those of this run. A saved file keeps the former ones in " +
        "its text until it is exported, or made with make report.";
    }
  };
  const observer = new MutationObserver(follow);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => observer.disconnect();
}

export default { render };
