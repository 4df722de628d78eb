// Shows only the notes between two releases. Without this file the table shows them all.
const chooser = document.querySelector(".chooser");
const [from, to] = chooser.querySelectorAll("select");
const marks = document.querySelectorAll(".md-typeset table [data-release]");

chooser.dataset.releases.split(" ").forEach((name, place) => {
  for (const select of [from, to]) select.add(new Option(name, place), 0);
});
from.value = 0;
to.selectedIndex = 0; // the newest

function show() {
  let shown = 0;
  for (const mark of marks) {
    const release = Number(mark.dataset.release);
    const row = mark.closest("tr");
    row.hidden = release <= Number(from.value) || release > Number(to.value);
    shown += !row.hidden;
  }
  chooser.querySelector("output").value =
    Number(from.value) < Number(to.value)
      ? `${shown} ${shown === 1 ? "note" : "notes"} on the way`
      : "Choose a newer release to go to.";
}

chooser.addEventListener("change", show);
chooser.hidden = false;
show();
