// How a drawing is prepared for the network: as drawing.py does, with which
// tests compare it. Pictures are arrays of grey values row by row.

const BOX = 20;

// Return the image (SIDE, SIDE) of a drawing's ink, its longer side that of
// the box, its centre of mass in the middle; null where there is no ink.
function prepared(ink, width) {
  const inked = [...ink.keys()].filter((i) => ink[i]);
  if (!inked.length) return null;
  const [top, left, rows, columns] = bounds(inked, width);
  const longer = Math.max(rows, columns);
  const [high, wide] = [rows, columns].map((side) =>
    Math.max(1, Math.floor(BOX * side / longer + 0.5)));
  const [down, across] = [filters(rows, high), filters(columns, wide)];
  const narrow = Array.from({ length: rows }, (_, y) => across.map((filter) =>
    filtered(filter, (x) => ink[(top + y) * width + left + x])));
  const scaled = down.map((filter) => across.map((_, x) =>
    filtered(filter, (y) => narrow[y][x])));
  const first = start(scaled.map(total));
  const second = start(across.map((_, x) =>
    total(scaled.map((row) => row[x]))));
  const image = new Uint8Array(SIDE * SIDE);
  scaled.forEach((row, y) => row.forEach((value, x) => {
    image[(first + y) * SIDE + second + x] = Math.min(value + 0.5, 255);
  }));
  return image;
}

function bounds(inked, width) {
  const columns = inked.map((i) => i % width);
  const left = columns.reduce((a, b) => Math.min(a, b));
  const top = Math.floor(inked[0] / width);
  return [top, left, Math.floor(inked.at(-1) / width) - top + 1,
    columns.reduce((a, b) => Math.max(a, b)) - left + 1];
}

// Return for each new pixel the old ones that it is made of, with weights:
// triangles as wide as a new pixel, so that scaling down does not alias.
function filters(from, to) {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const last = Math.min(from, Math.trunc(centre + reach + 0.5));
    const weights = Array.from({ length: last - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((first + k - centre + 0.5) / reach)));
    const sum = total(weights);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function filtered({ first, weights }, pixel) {
  return total(weights.map((weight, k) => weight * pixel(first + k)));
}

function total(values) {
  return values.reduce((a, b) => a + b, 0);
}

function start(sums) {
  const centre = total(sums.map((sum, i) => sum * i)) / total(sums);
  const first = Math.ceil(SIDE / 2 - centre - 0.5);
  return Math.min(Math.max(first, 0), SIDE - sums.length);
}

// Return the ink of a grey picture: what stands out from its paper, which is
// what most of its edge shows, light or dark.
function inkOf(grey, width) {
  const height = grey.length / width;
  const edge = [...grey].filter((_, i) => i % width === 0
    || i % width === width - 1 || i < width || i >= width * (height - 1));
  const paper = edge.sort((a, b) => a - b)[Math.floor(edge.length / 2)];
  const contrast = Array.from(grey, (value) => Math.abs(value - paper));
  const strongest = contrast.reduce((a, b) => Math.max(a, b), 0);
  return Uint8Array.from(contrast, (value) => (strongest < 16 ? 0
    : Math.min(1, Math.max(0, (value / strongest - 0.25) / 0.5)) * 255 + 0.5));
}
