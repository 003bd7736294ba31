(function () {
  "use strict";
  var contents = document.querySelector("#contents details");
  if (window.matchMedia("(max-width: 68rem)").matches) contents.open = false;

  var button = document.getElementById("fold");
  var cells = Array.from(document.querySelectorAll("details.code"));
  function label() {
    var shown = cells.some(function (cell) { return cell.open; });
    button.textContent = shown ? "Hide all code" : "Show all code";
    return shown;
  }
  button.hidden = !cells.length;
  button.addEventListener("click", function () {
    var open = !label();
    cells.forEach(function (cell) { cell.open = open; });
    label();
  });
  cells.forEach(function (cell) { cell.addEventListener("toggle", label); });
  label();
})();

// What is wider than its place says so
(function () {
  "use strict";
  var frames = Array.from(document.querySelectorAll(".scroll"));
  function mark() {
    frames.forEach(function (frame) {
      var wider = frame.scrollWidth > frame.clientWidth + 1;
      frame.classList.toggle("wider", wider);
    });
  }
  window.addEventListener("resize", mark);
  window.addEventListener("load", mark);
  mark();
})();

// What stands behind a number, shown beside it on hover, focus or tap. A
// screen reader takes it from the description that the number names.
(function () {
  "use strict";
  var box = document.createElement("div");
  box.id = "about";
  box.hidden = true;
  box.setAttribute("aria-hidden", "true");
  document.body.append(box);
  var shown = null;
  var timer = 0;

  function hide() {
    clearTimeout(timer);
    box.hidden = true;
    shown = null;
  }
  function show(value) {
    clearTimeout(timer);
    if (value === shown) return;
    var about = document.getElementById(value.getAttribute("aria-describedby"));
    if (!about) return;
    shown = value;
    box.innerHTML = about.innerHTML;
    box.hidden = false;
    box.style.left = box.style.top = "0";
    // a sentence may run over several lines: stay by the first
    var place = value.getClientRects()[0];
    var width = document.documentElement.clientWidth;
    var left = Math.min(place.left, width - box.offsetWidth - 8);
    var above = place.top - box.offsetHeight - 6;
    var lines = value.getBoundingClientRect();
    var below = lines.bottom + 6;
    var fits = below + box.offsetHeight < window.innerHeight || above < 0;
    box.style.left = Math.max(left, 8) + window.scrollX + "px";
    box.style.top = (fits ? below : above) + window.scrollY + "px";
  }
  function asked(event) {
    return event.target.closest && event.target.closest(".value[tabindex]");
  }
  function on(event) {
    var value = asked(event);
    if (value) show(value);
    else if (box.contains(event.target)) clearTimeout(timer);
  }
  function off() {
    clearTimeout(timer);
    timer = setTimeout(hide, 250);
  }
  document.addEventListener("mouseover", on);
  document.addEventListener("focusin", on);
  document.addEventListener("click", on);
  document.addEventListener("mouseout", off);
  document.addEventListener("focusout", off);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") hide();
  });
})();
