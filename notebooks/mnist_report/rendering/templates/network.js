// The exported network as plain numbers. It takes an image as an array of grey
// values row by row, as the model file does.

const SIDE = 28;

// Return the function from an image to logits that a model describes: nodes in
// a row, named as in ONNX, with their weights.
function network(model) {
  const nodes = model.nodes.map((node) => ({ ...node,
    weights: node.weights.map(({ shape, data }) => {
      const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
      return { shape, data: new Float32Array(bytes.buffer) };
    }) }));
  return (image) => nodes.reduce(
    (x, node) => LAYERS[node.kind](x, node, ...node.weights),
    { shape: [1, SIDE, SIDE], data: Float32Array.from(image) }).data;
}

const LAYERS = {
  Cast: (x) => x,
  Sub: (x, _, { data }) => each(x, (value) => value - data[0]),
  Div: (x, _, { data }) => each(x, (value) => value / data[0]),
  Relu: (x) => each(x, (value) => Math.max(value, 0)),
  Flatten: (x) => ({ ...x, shape: [x.data.length] }),
  BatchNormalization(x, { epsilon }, gain, shift, mean, variance) {
    const area = x.data.length / x.shape[0];
    return each(x, (value, i) => {
      const c = Math.floor(i / area);
      const sd = Math.sqrt(variance.data[c] + epsilon);
      return (value - mean.data[c]) / sd * gain.data[c] + shift.data[c];
    });
  },
  MaxPool(x, node) {
    const { size, places } = windows(x, node);
    const [channels, ...sides] = x.shape;
    const data = new Float32Array(channels * places.length).fill(-Infinity);
    for (let i = 0; i < data.length; i++) {
      const first = Math.floor(i / places.length) * sides[0] * sides[1];
      for (const at of places[i % places.length]) {
        if (at >= 0) data[i] = Math.max(data[i], x.data[first + at]);
      }
    }
    return { shape: [channels, ...size], data };
  },
  Conv(x, node, { shape: [count, depth], data: weights }, bias) {
    const { size, places } = windows(x, node);
    const area = x.shape[1] * x.shape[2];
    const data = new Float32Array(count * places.length);
    for (let channel = 0; channel < count; channel++) {
      data.fill(bias.data[channel], channel * places.length,
        (channel + 1) * places.length);
    }
    const each = count / node.group;
    for (let group = 0; group < node.group; group++) {
      places.forEach((place, i) => {
        const seen = patch(x.data, group * depth * area, area, depth, place);
        for (let c = group * each; c < (group + 1) * each; c++) {
          data[c * places.length + i] += dot(seen, weights, c * seen.length);
        }
      });
    }
    return { shape: [count, ...size], data };
  },
  Gemm(x, _, { shape: [count, width], data: weights }, bias) {
    const data = Float32Array.from({ length: count }, (_, row) =>
      dot(x.data, weights, row * width) + (bias ? bias.data[row] : 0));
    return { shape: [count], data };
  },
};

function each(x, change) {
  return { ...x, data: x.data.map(change) };
}

function dot(seen, weights, first) {
  let sum = 0;
  for (let i = 0; i < seen.length; i++) sum += seen[i] * weights[first + i];
  return sum;
}

// Return what a window at a place sees of channels, 0 beyond the edge.
function patch(data, first, area, channels, place) {
  const seen = new Float32Array(channels * place.length);
  for (let i = 0; i < seen.length; i++) {
    const at = place[i % place.length];
    const start = first + Math.floor(i / place.length) * area;
    if (at >= 0) seen[i] = data[start + at];
  }
  return seen;
}

// Return how many places a window takes down and across, and for each place
// where in a channel the pixels lie that it sees; -1 beyond the edge.
function windows(x, { kernel_shape: sides, strides, pads, dilations }) {
  const inside = x.shape.slice(1);
  const spread = dilations || [1, 1];
  const size = inside.map((side, axis) => 1 + Math.floor((side + pads[axis]
    + pads[axis + 2] - spread[axis] * (sides[axis] - 1) - 1)
    / strides[axis]));
  const along = (axis, place, tap) => {
    const at = place * strides[axis] - pads[axis] + tap * spread[axis];
    return at >= 0 && at < inside[axis] ? at : -1;
  };
  const places = Array.from({ length: size[0] * size[1] }, (_, place) =>
    Array.from({ length: sides[0] * sides[1] }, (_, tap) => {
      const row = along(0, Math.floor(place / size[1]),
        Math.floor(tap / sides[1]));
      const column = along(1, place % size[1], tap % sides[1]);
      return row < 0 || column < 0 ? -1 : row * inside[1] + column;
    }));
  return { size, places };
}
