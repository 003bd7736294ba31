// A pad to draw on. Its ink goes to the kernel after each stroke, and what
// the methods answer comes back.

const SIDE = 280; // pixels, ten for one of the methods' images
const WIDTH = 22; // of the pen
const PAUSE = 250; // milliseconds after which a stroke counts as done

function gray(context, { x, y, width, height }) {
  const { data } = context.getImageData(x, y, width, height);
  const levels = new Uint8Array(width * height);
  for (let i = 0; i < levels.length; i++) {
    const [red, green, blue] = data.subarray(4 * i, 4 * i + 3);
    levels[i] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  }
  return levels;
}

function picture(bytes, side, text) {
  const canvas = make("canvas", { width: side, height: side, role: "img",
    aria: { label: text } });
  const context = canvas.getContext("2d");
  const image = context.createImageData(side, side);
  bytes.forEach((value, i) => {
    image.data.set([255 - value, 255 - value, 255 - value, 255], 4 * i);
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

function table(answers) {
  const head = ["method", "reads", "confidence"].map((text) =>
    make("th", { scope: "col" }, text));
  const rows = answers.map(({ method, answer, share, confidence }) => {
    const bar = share === null ? [] :
      [make("meter", { min: 0, max: 1, value: share, aria: { hidden: true } })];
    return make("tr", {}, make("th", { scope: "row" }, method),
      make("td", {}, answer), make("td", {}, ...bar, confidence));
  });
  return make("table", { className: "answers" },
    make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
}

function render({ model, el }) {
  el.dataset.lmSuppressShortcuts = "true";
  el.classList.add("mnist-report-lab");

  const paper = make("canvas", { className: "paper", width: SIDE,
    height: SIDE, role: "img", aria: { label: "Paper to draw on" } });
  const context = paper.getContext("2d", { willReadFrequently: true });
  const clear = make("button", { type: "button" }, "Clear");
  const file = make("input", { type: "file", accept: "image/*" });
  const status = make("div", { className: "status", role: "status" });
  const found = make("div", { className: "found" });
  el.append(make("div", { className: "pad" },
    make("div", {}, paper,
      make("div", { className: "buttons" }, clear),
      make("label", {}, "or, without a mouse, a picture: ", file)),
    make("div", {}, status, found)));

  const whole = { x: 0, y: 0, width: SIDE, height: SIDE, uploaded: false };
  let area = whole; // what is read: all the paper, or a picture on it
  let timer = 0;
  const ask = () => {
    status.textContent = "The methods are reading …";
    model.send(area, undefined, [gray(context, area).buffer]);
  };
  const wipe = () => {
    area = whole;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, SIDE, SIDE);
  };
  const at = (event) => {
    const box = paper.getBoundingClientRect();
    return [(event.clientX - box.left) * SIDE / box.width,
      (event.clientY - box.top) * SIDE / box.height];
  };

  let last = null;
  paper.addEventListener("pointerdown", (event) => {
    clearTimeout(timer);
    paper.setPointerCapture(event.pointerId);
    last = at(event);
    stroke(event);
  });
  const stroke = (event) => {
    if (!last) return;
    const next = at(event);
    Object.assign(context, { strokeStyle: "#000", lineWidth: WIDTH,
      lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...last);
    context.lineTo(...next);
    context.stroke();
    last = next;
  };
  paper.addEventListener("pointermove", stroke);
  for (const end of ["pointerup", "pointercancel"]) {
    paper.addEventListener(end, () => {
      if (!last) return;
      last = null;
      timer = setTimeout(ask, PAUSE);
    });
  }
  clear.addEventListener("click", () => {
    wipe();
    found.replaceChildren();
    status.textContent = "Draw, and lift the pen.";
  });
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    try {
      const image = await createImageBitmap(file.files[0]);
      const scale = SIDE / Math.max(image.width, image.height);
      const width = Math.max(1, Math.round(image.width * scale));
      const height = Math.max(1, Math.round(image.height * scale));
      const x = Math.floor((SIDE - width) / 2);
      const y = Math.floor((SIDE - height) / 2);
      wipe();
      context.drawImage(image, x, y, width, height);
      area = { x, y, width, height, uploaded: true };
      ask();
    } catch {
      status.textContent = `${file.files[0].name} is no picture that ` +
        "this browser can open.";
    }
  });

  const show = () => {
    const reading = model.get("reading");
    status.textContent = reading.message ?? "";
    found.replaceChildren();
    if (!reading.answers) return;
    const bytes = new Uint8Array(model.get("pixels").buffer,
      model.get("pixels").byteOffset, model.get("pixels").byteLength);
    let start = 0;
    found.append(table(reading.answers));
    for (const { title, side, count } of reading.maps) {
      const row = make("div", { className: "maps" });
      for (let i = 1; i <= count; i++, start += side * side) {
        const part = bytes.subarray(start, start + side * side);
        row.append(picture(part, side, `${title}, ${i} of ${count}`));
      }
      found.append(make("div", {}, title), row);
    }
  };
  model.on("change:reading", show);
  wipe();
  show();
  return () => model.off("change:reading", show);
}

export default { render };
