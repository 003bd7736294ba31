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
