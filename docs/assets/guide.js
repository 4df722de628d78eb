// What the theme inserts after the page has loaded, for screen readers: a copy button is no navigation.
const mend = () =>
  document.querySelectorAll("nav.md-code__nav").forEach((nav) => nav.setAttribute("role", "none"));
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
mend();

// A table that fits scrolls with the page; one that is too wide scrolls by itself, with the arrow keys.
const widths = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    const fits = target.firstElementChild.offsetWidth <= target.clientWidth;
    target.classList.toggle("fits", fits);
    if (fits) target.removeAttribute("tabindex");
    else target.tabIndex = 0;
  }
});
for (const table of document.querySelectorAll(".table")) widths.observe(table);

// Shows of the table below only the rows and the column that are asked for. What columns are compared
// by is in the address, too.
function useTools(tools) {
  const [search, choice, differences, output] = ["[type=search]", "select", "[type=checkbox]", "output"]
    .map((control) => tools.querySelector(control));
  const table = tools.nextElementSibling;
  const rows = [...table.querySelectorAll("tbody tr:not(.section)")];
  const texts = rows.map(({ cells }) => Array.from(cells, (c) => c.textContent.toLowerCase()).join(" "));

  function show() {
    const words = search.value.toLowerCase().split(" ");
    let shown = 0;
    rows.forEach((row, number) => {
      const differs = !differences?.checked || !row.classList.contains("same");
      row.hidden = !differs || !words.every((word) => texts[number].includes(word));
      shown += !row.hidden;
    });
    for (const section of table.querySelectorAll(".section")) {
      section.hidden = !section.parentElement.querySelector("tr:not(.section, [hidden])");
      section.querySelector("details").open = shown < rows.length;
    }
    const of = shown < rows.length ? ` of ${rows.length}` : "";
    output.value = shown ? `${shown}${of} rows` : "No row matches";
    for (const cell of choice ? table.querySelectorAll("tr:not(.section) > *") : []) {
      cell.hidden = choice.selectedIndex && cell.cellIndex && cell.cellIndex !== choice.selectedIndex;
    }
  }

  function keep() {
    const address = new URL(location);
    address.search = new URLSearchParams({
      ...(choice.selectedIndex && { column: choice.value }),
      ...(differences.checked && { differences: "only" }),
    });
    history.replaceState(null, "", address);
  }

  if (choice) {
    const asked = new URLSearchParams(location.search);
    choice.value = asked.get("column") ?? "all";
    if (choice.selectedIndex < 0) choice.selectedIndex = 0; // a column of another table
    differences.checked = asked.has("differences");
    choice.addEventListener("change", keep);
    differences.addEventListener("change", keep);
  }
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    search.value = "";
    show();
  });
  tools.addEventListener("input", show);
  show();
}
document.querySelectorAll(".table-tools").forEach(useTools);

// Python in the page: it is fetched when somebody is about to run a block, or has run one before. A slow
// or costly connection waits for the click.
const python = document.querySelector("[data-python]");
if (python) {
  const { saveData, effectiveType = "4g" } = navigator.connection ?? {};
  const load = () => import(new URL(`${python.dataset.python}blocks.js`, document.baseURI));
  const soon = () => saveData || effectiveType !== "4g" || load().then(({ prepare }) => prepare(), () => {});
  const fail = (bar) => (bar.querySelector("output").value = "Python cannot be fetched. Press the button to try again.");
  for (const event of ["pointerover", "focusin", "touchstart"])
    document.addEventListener(event, ({ target }) => target.closest(".language-python, .runner-all") && soon(), { passive: true });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest(":is(.runner, .runner-all) > button");
    if (button) load().then(({ press }) => press(button), () => fail(button.parentElement));
  });
  if (sessionStorage.getItem("python")) soon();
}
