/* Makes the form to join more convenient, and puts it into pages of other sites. Nothing
   needs it: without it the form works all the same. It sends and keeps nothing. */
(function () {
  "use strict";
  var own = document.currentScript;

  function enhance(form) {
    var zone = form.querySelector("[data-detect]");
    var note = form.querySelector("[data-detected]");
    var found = "";
    try { found = Intl.DateTimeFormat().resolvedOptions().timeZone || ""; } catch (_) { /* old */ }
    if (zone && found.indexOf("/") > 0 && zone.value === zone.defaultValue) {
      zone.value = found;
      if (note) { note.textContent = note.dataset.detected; note.hidden = false; }
      zone.addEventListener("input", function () { if (note) { note.hidden = true; } });
    }
    var page = form.querySelector("[name=page]");
    if (page && own && own.dataset.into) { page.value = location.origin + location.pathname; }
    form.addEventListener("change", function (event) {
      var box = event.target;
      if (box.name !== "rubric[]") { return; }
      // From now on every box means what it shows; see web/ticks.py.
      var shown = form.querySelector("[name=shown]");
      var all = form.querySelectorAll("[name='rubric[]']");
      shown.value = Array.prototype.map.call(all, function (one) { return one.value; }).join(" ");
      var below = box.closest("li").querySelectorAll("ul [name='rubric[]']");
      Array.prototype.forEach.call(below, function (one) { one.checked = box.checked; });
    });
  }

  function start() {
    Array.prototype.forEach.call(document.querySelectorAll("form[data-subscribe]"), enhance);
    var into = own && own.dataset.into && document.getElementById(own.dataset.into);
    if (!into) { return; }
    var address = new URL("../subscribe/form.html", own.src);
    ["language", "rubric", "digest"].forEach(function (name) {
      (own.dataset[name] || "").split(" ").filter(Boolean).forEach(function (value) {
        address.searchParams.append(name, value);
      });
    });
    fetch(address, { credentials: "omit" }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.text();
    }).then(function (text) {
      into.innerHTML = text;
      enhance(into.querySelector("form"));
    }).catch(function () { /* What stood there, a link, still leads to the page. */ });
  }

  if (document.readyState === "loading") { document.addEventListener("DOMContentLoaded", start); }
  else { start(); }
}());
