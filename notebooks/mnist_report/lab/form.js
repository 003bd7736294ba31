// The parameters' form. What is typed goes to the kernel, whose contract
// checks it; "Run" asks the kernel to set the values, and JupyterLab to run
// this cell and all below.

let views = 0; // each view's elements need identifiers of their own

function control(field, id) {
  if (field.choices.length) {
    const options = field.choices.map((text) =>
      make("option", { value: text }, text));
    return make("select", { id }, ...options);
  }
  return make("input", {
    id, type: "text", spellcheck: false, autocomplete: "off",
  });
}

function row(field, id) {
  const input = control(field, id);
  const error = make("div", { id: `${id}-error`, className: "problem" });
  const unit = field.unit ? ` (${field.unit})` : "";
  const normal = field.default === "" ? "empty" : field.default;
  const hint = make("div", { id: `${id}-hint`, className: "hint" },
    `${field.allowed}; by default ${normal}`);
  input.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
  const element = make("div", { className: "field" },
    make("label", { htmlFor: id }, make("code", {}, field.name),
      ` ${field.meaning}${unit}`),
    input, hint, error);
  if (field.suggestions.length) {
    const list = make("datalist", { id: `${id}-list` },
      ...field.suggestions.map((value) => make("option", { value })));
    input.setAttribute("list", list.id);
    element.append(list);
  }
  return { field, input, error, element };
}

function render({ model, el }) {
  const view = ++views;
  // JupyterLab's own keys, such as A for a cell above, rest meanwhile
  el.dataset.lmSuppressShortcuts = "true";
  el.classList.add("mnist-report-lab");

  const rows = model.get("fields").map((field) =>
    row(field, `report-parameter-${view}-${field.name}`));
  const typed = () => Object.fromEntries(
    rows.map(({ field, input }) => [field.name, input.value]));

  const run = make("button", { type: "button", className: "main" },
    "Run the cells below with these values");
  const reset = make("button", { type: "button" }, "Defaults");
  const status = make("div", { className: "status", role: "status" });
  // JupyterLab executes what this names; it is clicked once values are set
  const command = make("button", {
    type: "button", hidden: true, tabIndex: -1,
    data: { commandlinkerCommand: "notebook:run-all-below" },
  });
  const details = make("details", {},
    make("summary", {}, "Change the parameters and run"),
    make("p", {}, "Figures and tables follow these values, and at the end " +
      "of the run the numbers and judgements in the text."),
    make("div", { className: "fields" }, ...rows.map((one) => one.element)),
    make("div", { className: "buttons" }, run, reset, command),
    status);
  el.append(details);

  const showTexts = () => {
    const texts = model.get("texts");
    for (const { field, input, element } of rows) {
      if (input.value !== texts[field.name]) input.value = texts[field.name];
      element.classList.toggle("changed", input.value !== field.default);
    }
  };
  const showProblems = () => {
    const problems = model.get("problems");
    for (const { field, input, error } of rows) {
      const own = problems.find((line) => line.startsWith(`${field.name}:`));
      error.textContent = own ? own.slice(field.name.length + 2) : "";
      input.setAttribute("aria-invalid", own ? "true" : "false");
    }
    status.replaceChildren(...problems.map((line) =>
      make("div", { className: "problem" }, line)));
  };
  const send = () => {
    model.set("texts", typed());
    model.save_changes();
  };

  for (const { input } of rows) input.addEventListener("change", send);
  reset.addEventListener("click", () => {
    for (const { field, input } of rows) input.value = field.default;
    send();
  });
  run.addEventListener("click", () => {
    status.textContent = "";
    run.focus();
    model.send(typed());
  });
  const started = (message) => {
    if (message !== "run" || !el.isConnected) return;
    status.textContent = "The values are set. Should nothing run now, " +
      "run this cell and all below.";
    command.click();
  };

  model.on("change:texts", showTexts);
  model.on("change:problems", showProblems);
  model.on("msg:custom", started);
  showTexts();
  showProblems();
  return () => {
    model.off("change:texts", showTexts);
    model.off("change:problems", showProblems);
    model.off("msg:custom", started);
  };
}

export default { render };
