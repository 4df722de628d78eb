// Upgrade notes: the choice of two releases, which is in the address (?from=1.95&to=1.120), and the
// boxes "done", which the browser keeps. This runs in the head, and hides what was not chosen before
// it is drawn. Without this file every note is shown.
{
  // The theme does so at the end only: what needs a script has its place from the start.
  document.documentElement.classList.replace("no-js", "js");

  const asked = new URLSearchParams(location.search);
  const minor = (release) => Number(/^1\.(\d+)(\.\d+)?$/.exec(release)?.[1] ?? NaN);
  const chosen = { from: minor(asked.get("from")), to: minor(asked.get("to")) };
  const all = (selector) => [...document.querySelectorAll(selector)];

  // A note's anchor begins with its release. One that the address names is shown in any case.
  const outside = (anchor) => {
    const release = Number(anchor.split("-")[1]);
    return (release <= chosen.from || release > chosen.to) && `#${anchor}` !== location.hash;
  };
  const hide = () => {
    for (const note of all("[data-note]")) note.hidden = outside(note.dataset.note);
    for (const link of all(".md-nav--secondary a[href^='#1-']")) {
      link.parentElement.hidden = outside(link.hash.slice(1));
    }
  };
  const parsing = new MutationObserver(hide);
  parsing.observe(document, { childList: true, subtree: true });

  // The ticks, by note. Where the browser forbids to keep them, they last as long as the page.
  let kept = {};
  try {
    kept = localStorage;
  } catch {}
  const key = (box) => `upgrade note done: ${box.closest("[data-note]").dataset.note}`;
  const tick = (box) => {
    try {
      if (box.checked) kept[key(box)] = "yes";
      else delete kept[key(box)];
    } catch {}
  };
  const clear = () => {
    for (const name of Object.keys(kept)) {
      if (name.startsWith("upgrade note done: ")) delete kept[name];
    }
  };

  const start = () => {
    parsing.disconnect();
    const form = document.querySelector(".chooser");
    const { from, to } = form.elements;
    const refuse = (field, why) => {
      document.getElementById(`${field.name}-refused`).textContent = why;
      field.setAttribute("aria-invalid", Boolean(why));
    };

    const say = () => {
      for (const box of all(".done input")) box.checked = key(box) in kept;
      const notes = all("[data-note]:not([hidden])");
      const stop = notes.filter((note) => note.dataset.effect === "stops").length;
      const done = notes.filter((note) => note.querySelector(".done :checked")).length;
      form.querySelector("output").value =
        `${form.dataset.what}: ${notes.length} · Stop Synapse: ${stop} · Done: ${done}`;
    };

    const show = () => {
      for (const field of [from, to]) chosen[field.name] = minor(field.value);
      if (chosen.from >= chosen.to) refuse(to, `${to.value} is not newer than ${from.value}.`);
      hide();
      say();
      for (const link of location.search ? all("a.keeps") : []) {
        link.search = new URLSearchParams({ from: from.value, to: to.value });
      }
    };

    const choose = () => {
      for (const field of [from, to]) refuse(field, "");
      const address = new URL(location);
      for (const field of [from, to]) address.searchParams.set(field.name, field.value);
      address.hash = "";
      history.replaceState(null, "", address);
      show();
    };

    // All cards were on the first page once: what pointed at one goes on to it.
    const lead = () => {
      const target = document.getElementById(location.hash.slice(1));
      const moved = target?.closest("li[data-note]");
      if (moved) location.replace(moved.querySelector("a.keeps").href);
      hide();
      target?.scrollIntoView();
    };

    const releases = form.dataset.releases.split(" ");
    for (const [field, otherwise] of [[from, releases[0]], [to, releases.at(-1)]]) {
      for (const release of releases) field.add(new Option(release), 0);
      const wanted = asked.get(field.name);
      const known = releases.find((release) => minor(release) === minor(wanted));
      field.value = known ?? otherwise;
      if (wanted !== null && !known) refuse(field, `“${wanted.slice(0, 20)}” is not in this list.`);
    }
    form.addEventListener("change", choose);
    form.querySelector("button").addEventListener("click", () => (clear(), say()));
    for (const box of all(".done input")) box.addEventListener("change", () => (tick(box), say()));
    addEventListener("hashchange", lead);
    addEventListener("storage", say);
    addEventListener("pageshow", say);
    show();
    if (location.hash) lead();
  };
  addEventListener("DOMContentLoaded", start);
}
