// The box in which a reader draws, and the network answers.
(function () {
  "use strict";
  const PEN = 22; // wide, as the pixels of the paper go
  const part = (name) => document.getElementById("pad-" + name);
  if (!part("model")) return;
  const model = JSON.parse(part("model").textContent);
  const read = network(model);
  const paper = part("paper");
  const context = paper.getContext("2d", { willReadFrequently: true });
  const side = paper.width;

  function grey(from, width, height) {
    const { data } = from.getImageData(0, 0, width, height);
    const parts = [0.299, 0.587, 0.114]; // of red, green and blue
    return Uint8Array.from({ length: width * height }, (_, i) =>
      parts.reduce((sum, part, c) => sum + part * data[4 * i + c], 0.5));
  }
  function white(on, width, height) {
    on.fillStyle = "#fff";
    on.fillRect(0, 0, width, height);
  }
  // paint ink black on what is white
  function paint(on, ink, width, left = 0, top = 0) {
    const image = on.createImageData(width, ink.length / width);
    ink.forEach((value, i) =>
      image.data.set([255 - value, 255 - value, 255 - value, 255], 4 * i));
    on.putImageData(image, left, top);
  }
  function percent(share) {
    return (100 * share).toFixed(1) + "\u00a0%";
  }

  function answer(empty) {
    const ink = grey(context, side, side).map((value) => 255 - value);
    const image = prepared(ink, side);
    part("found").hidden = !image;
    if (!image) {
      part("answer").textContent = empty;
      return;
    }
    const logits = [...read(image)];
    const most = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp(logit - most));
    const shares = powers.map((power) => power / total(powers));
    const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]);
    const [first, second] = order.map((i) =>
      model.classes[i] + " with " + percent(shares[i]));
    part("answer").textContent =
      "The network reads " + first + "; next is " + second + ".";
    rows.forEach((row, i) => {
      row.classList.toggle("first", i === order[0]);
      row.querySelector("i").style.width = 100 * shares[i] + "%";
      row.lastChild.textContent = percent(shares[i]);
    });
    paint(part("seen").getContext("2d"), image, SIDE);
  }

  const rows = model.classes.map((name) => {
    const row = document.createElement("li");
    row.innerHTML = '<b></b><span class="bar"><i></i></span><span></span>';
    row.firstChild.textContent = name;
    return row;
  });
  part("shares").replaceChildren(...rows);
  const wipe = () => {
    white(context, side, side);
    answer("Draw one of " + model.classes.join(", ") + ".");
  };

  let last = null;
  function stroke(event) {
    if (!last) return;
    const box = paper.getBoundingClientRect();
    const next = [(event.clientX - box.left) * side / box.width,
      (event.clientY - box.top) * side / box.height];
    Object.assign(context, { lineWidth: PEN, lineCap: "round" });
    context.beginPath();
    context.moveTo(...(last.length ? last : next));
    context.lineTo(next[0] + 0.1, next[1]); // else a tap leaves nothing
    context.stroke();
    last = next;
  }
  paper.addEventListener("pointerdown", (event) => {
    paper.setPointerCapture(event.pointerId);
    last = [];
    stroke(event);
  });
  paper.addEventListener("pointermove", stroke);
  for (const end of ["pointerup", "pointercancel"]) {
    paper.addEventListener(end, () => {
      if (last) answer("");
      last = null;
    });
  }

  part("wipe").addEventListener("click", wipe);
  part("picture").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    wipe();
    try {
      const picture = await createImageBitmap(file);
      const scale = side / Math.max(picture.width, picture.height);
      const [width, height] = [picture.width, picture.height].map((length) =>
        Math.max(1, Math.round(length * scale)));
      const copy = new OffscreenCanvas(width, height).getContext("2d");
      white(copy, width, height);
      copy.drawImage(picture, 0, 0, width, height);
      paint(context, inkOf(grey(copy, width, height), width), width,
        Math.floor((side - width) / 2), Math.floor((side - height) / 2));
      answer("Nothing stands out from the paper in " + file.name + ".");
    } catch {
      part("answer").textContent = file.name
        + " is no picture that this browser can open.";
    }
  });
  wipe();
  part("box").hidden = false;
  part("off").hidden = true;
})();
