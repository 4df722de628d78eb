// Shows only the notes between two releases. Without this file the table shows them all.
const chooser = document.querySelector(".chooser");
const [from, to] = chooser.querySelectorAll("select");
const minor = (release) => Number(release.split(".")[1]);

for (const select of [from, to]) {
  for (let number = minor(chooser.dataset.newest); number >= minor(chooser.dataset.oldest); number--) {
    select.add(new Option(`1.${number}`, number));
  }
}
from.value = minor(chooser.dataset.oldest);

function show() {
  let shown = 0;
  for (const row of document.querySelectorAll(".md-typeset table")[0].tBodies[0].rows) {
    const release = minor(row.cells[0].textContent);
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
