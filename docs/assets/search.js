// Search. It runs before the theme's script and hands it two things: a request that fetches the
// index when somebody is about to search, and a worker that asks the theme's own worker for the
// words that tell something, and puts its answers into a better order.

(() => {
  const field = document.querySelector(".md-search__input");
  const meta = document.querySelector(".md-search-result__meta");
  const lost = document.querySelector(".lost"); // on the page for addresses that lead nowhere
  const split = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+(?:\.\d+)*/gu) ?? [];
  const address = lost && split(location.pathname.replace(/%\w\w|\.html$/g, " ")).join(" ");

  // Whoever points at a search field, gets there or types is about to search.
  let wanted, want;
  const wait = () => (wanted = new Promise((resolve) => (want = resolve)));
  wait();
  if (lost || /[?&][hq]=/.test(location.search)) want();
  for (const intent of ["pointerover", "focusin", "input"]) {
    const places = ".md-search, [for=__search], .find";
    addEventListener(intent, ({ target }) => target.closest?.(places) && want());
  }

  window.XMLHttpRequest = class extends XMLHttpRequest {
    open(...request) {
      super.open(...request);
      if (!String(request[1]).endsWith("search_index.json")) return;
      this.send = () => wanted.then(() => super.send());
      const look = (event) => {
        if (this.status === 200) return;
        event.stopImmediatePropagation(); // the theme would give up
        meta.textContent = "The search could not be loaded. Type on to try again.";
        wait();
        super.open(...request);
        this.send();
      };
      for (const end of ["load", "error"]) this.addEventListener(end, look);
    }
  };

  // Words that tell nothing, and what a log line has before its message.
  const idle = (
    "a an and any are as at be been but by can cannot could critical debug did do does error for " +
    "from had has have how i if in info into is it its may me might must my no not of on only or " +
    "our shall should so some than that the their them then there these they this to too warn " +
    "warning was we were what when where which while who whom why will with would you your"
  ).split(" ");
  const tells = (word) => word.length > 1 && !idle.includes(word);
  const noise = [
    / - \S+ - \d+ - [A-Z]+ - \S* - /g, // logger, line, level and request
    /\d{4}[-/]\d\d[-/]\d\d[T ]?|\d\d:\d\d:\d\d(?:[.,]\d+)?Z?|\d{5,}/g, // day, time, milliseconds
    /\bsynapse(?:\.\w+)*\.(?=\w)/g, // the module of an exception
  ];
  const clean = (text) => noise.reduce((rest, part) => rest.replace(part, " "), text);
  const read = (text) => split(clean(text)).slice(-60); // the end of a traceback says what is wrong

  // A section counts for the theme's score, times the share of the words that it has, times the
  // pairs of words that stand side by side in it, times the share of its heading that was typed; if
  // that is code, as what a program prints, the section counts for nothing without it. A heading
  // that is all that was typed, such as an option's name, counts most. A page counts for its best
  // section, and a part of the next three, times its own shares of words and title.
  function order(pages, words, known) {
    const pairs = words.slice(1).map((word, at) => [words[at], word]).filter((p) => p.some(tells));
    const mean = (all) => all.reduce((one, other) => one + other, 0) / (all.length || 1);
    const near = (one) => words.filter(tells).some((w) => w.startsWith(one) || one.startsWith(w));
    const typed = ({ heading }) => mean(heading.split(" ").filter(tells).map(near));
    for (const sections of pages) {
      for (const section of sections) {
        const its = known.get(section.location);
        section.score *= 1 + pairs.filter((pair) => its.all.includes(` ${pair.join(" ")}`)).length;
        section.score *= mean(Object.values(section.terms)) * (!its.printed + typed(its));
        if (its.heading === ` ${words.join(" ")}`) section.score *= 9;
      }
      const [best, ...more] = sections.sort((one, other) => other.score - one.score);
      const has = (term) => sections.some(({ terms }) => terms[term]);
      sections.rank = best.score + 0.6 * mean(more.slice(0, 3).map(({ score }) => score));
      sections.rank *= 1 + typed(known.get(best.location.split("#")[0]));
      sections.rank *= mean(Object.keys(best.terms).map(has)) ** 2;
    }
    return pages.sort((one, other) => other.rank - one.rank).slice(0, 10);
  }

  const [SETUP, QUERY, RESULT] = [0, 2, 3]; // messages between the theme and its worker
  const TheirWorker = Worker;

  class SearchWorker extends EventTarget {
    constructor(url) {
      super();
      wanted.then(() => {
        this.worker = new TheirWorker(url);
        this.worker.onmessage = ({ data }) => this.answer(data);
        this.worker.onerror = () => (meta.textContent = "The search fails. Reload this page.");
      });
    }

    postMessage({ type, data }) {
      if (type === SETUP) {
        const plain = (html) => ` ${split(html.replace(/<[^>]+>|&\w+;/g, "")).join(" ")}`;
        this.known = new Map();
        for (const { location, title, text } of data.docs) {
          const [heading, all] = [title, `${title} ${text}`].map(plain);
          this.known.set(location, { heading, all, printed: title.startsWith("<code>") });
        }
      } else if (type === QUERY) {
        [this.query, this.words] = [data, read(data)];
        data = this.words.filter(tells).join(" ") || this.words.join(" ");
      }
      this.worker.postMessage({ type, data });
    }

    answer({ type, data }) {
      if (type === RESULT) {
        data.items = order(data.items, this.words, this.known);
        if (this.query === address) list(data.items.slice(0, 3));
      }
      this.dispatchEvent(new MessageEvent("message", { data: { type, data } }));
    }
  }

  window.Worker = function (url, options) {
    const isSearch = String(url).includes("/workers/search.");
    return isSearch ? new SearchWorker(url) : new TheirWorker(url, options);
  };

  // The page for addresses that lead nowhere: the theme searches for what stands in its field.
  if (lost) field.value = address;

  function list(pages) {
    const home = document.querySelector(".md-logo").href;
    const item = (sections) => {
      const page = sections.find(({ location }) => !location.includes("#"));
      const names = [...new Set([page, sections[0]])].map(({ title }) => title);
      return `<li><a href="${new URL(sections[0].location, home)}">${names.join(": ")}</a></li>`;
    };
    lost.querySelector("ol").innerHTML = pages.map(item).join("");
    lost.hidden = !pages.length;
  }

  // The theme hears keys, and nothing that is pasted or spoken.
  const search = () => field.dispatchEvent(new KeyboardEvent("keyup"));
  field.addEventListener("input", search);

  addEventListener("paste", (event) => {
    const [input, text] = [event.target, event.clipboardData.getData("text").trim()];
    if (!input.closest?.(".md-search, .find") || !text.includes("\n")) return;
    event.preventDefault(); // the browser would glue the lines together
    input.setRangeText(text.replace(/\s+/g, " "), input.selectionStart, input.selectionEnd, "end");
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
  });

  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "k") return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  // A large field in a page hands over to the search above it at the first letter.
  for (const form of document.querySelectorAll(".find")) {
    const input = form.querySelector("input");
    const hand = (event) => {
      if (event.isComposing) return;
      [field.value, input.value] = [input.value, ""];
      field.focus();
      search();
    };
    for (const event of ["input", "compositionend"]) form.addEventListener(event, hand);
    form.addEventListener("submit", (event) => event.preventDefault());
  }
})();
