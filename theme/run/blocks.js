// The blocks of the page: their buttons, what they print, and whether that is as the tests verified it.
import { compare, isBroken, isStarted, run, start, stop, Stopped } from "./interpreter.js";

/** @typedef {{value: string, focus(): void, destroy(): void}} Editor */

const SHOWN_AFTER_MS = 150; // what is quicker needs no word on the wait
const SPOKEN_MS = 1000; // until a screen reader has taken note of a text
/** @type {any} */
const { dataset } = document.querySelector("[data-python]");
const sizes = { wasm: Number(dataset.wasm), all: Number(dataset.bytes) };
const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
const summary = document.querySelector(".runner-all");
/** @type {Promise<void>} the runs come one after the other */
let last = Promise.resolve();

/** @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name @param {string} [className] @param {string} [text] */
function make(name, className = "", text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

class Block {
  /** @param {any} bar @param {number} number @param {Block[]} blocks */
  constructor(bar, number, blocks) {
    this.bar = bar;
    this.shell = bar.parentElement;
    this.pre = this.shell.querySelector("pre");
    this.codeElement = this.pre.querySelector("code");
    this.source = this.codeElement.textContent;
    this.name = `block ${number + 1}`;
    /** @type {Block | null} */
    this.before = "continues" in bar.dataset ? blocks[number - 1] : null;
    const [run, stop, edit, reset] = bar.querySelectorAll("button");
    this.buttons = { run, stop, edit, reset };
    this.status = bar.querySelector("output");
    this.outputs = outputsOf(this.shell);
    this.shown = this.outputs.map(textOf).join("");
    this.printed = make("div", "highlight ran");
    this.printed.tabIndex = 0;
    this.printed.setAttribute("role", "region");
    this.printed.setAttribute("aria-label", `Output of ${this.name}`);
    this.actual = "";
    this.height = 0; // of what was printed before
    this.verdict = "";
    /** @type {Promise<void> | null} while it runs, or waits for another block */
    this.asked = null;
    /** @type {Editor | null} */
    this.editor = null;
  }

  get code() {
    const source = this.editor ? `${this.editor.value}\n` : this.source;
    return { name: this.name, source, module: this.bar.dataset.module ?? null };
  }

  /** @returns {Block[]} the blocks that it continues, and itself */
  get chain() {
    return [...(this.before?.chain ?? []), this];
  }

  get edited() {
    return this.chain.some((block) => block.code.source !== block.source);
  }

  /** @param {string} verdict a class, or "" while there is none @param {string} text */
  say(verdict, text) {
    this.verdict = verdict;
    this.status.className = verdict;
    this.status.textContent = text;
    summarize();
  }

  /** Runs it, after what was asked for before. @returns {Promise<void>} */
  run() {
    return (this.asked ??= last = last.then(() => this.attempt()));
  }

  async attempt() {
    const { edited } = this;
    this.running(true);
    this.say("", "");
    this.clear();
    let wait = 0;
    const waitFor = (/** @type {string} */ what) => {
      clearTimeout(wait);
      wait = setTimeout(() => this.say("", what), SHOWN_AFTER_MS);
    };
    waitFor(isStarted() ? "Running" : "Loading Python");
    try {
      const { raised, cut } = await this.execute(() => waitFor("Running"));
      clearTimeout(wait);
      this.settle();
      if (cut) this.append("note", `${cut.toLocaleString("en")} more characters were cut off: a page shows 100,000 of an output.`);
      if (edited) this.say("edited", raised ? "edited: it raised an error" : "edited");
      else await this.judge(cut);
    } catch (error) {
      clearTimeout(wait);
      this.hold(false);
      this.settle();
      const why = error instanceof Error ? error.message : error;
      if (error instanceof Stopped) this.say("stopped", "stopped");
      else this.say("failed", `Python stopped: ${why}. Press Run to start it again.`);
    }
    this.running(false);
    this.asked = null;
  }

  /** Runs the block, and shows what it prints at most once for each picture of the screen.
   * @param {() => void} begun @returns {Promise<{raised: boolean, cut: number}>} */
  async execute(begun) {
    start(sizes);
    sessionStorage.setItem("python", "used");
    /** @type {[string, string][]} */
    let queue = [];
    const flush = () => {
      for (const [kind, text] of queue) this.append(kind, text);
      queue = [];
    };
    const result = await run(this.chain.map(({ code }) => code), (kind, text) => {
      if (kind === "bytes") return this.progress(Number(text));
      if (kind === "started") return begun();
      if (!queue.length) requestAnimationFrame(flush);
      const end = queue.at(-1);
      if (end?.[0] === kind && kind !== "html") end[1] += text;
      else queue.push([kind, text]);
    });
    flush();
    return result;
  }

  /** The bytes that have come, for the eye only. @param {number} bytes */
  progress(bytes) {
    if (this.status.textContent.startsWith("Loading Python")) {
      const done = make("span", "", `: ${megabytes(Math.min(bytes, sizes.all))} of ${megabytes(sizes.all)} MB`);
      done.ariaHidden = "true";
      this.status.replaceChildren("Loading Python", done);
    }
  }

  /** Holds what was printed against the page, by the rule of the tests. @param {number} cut */
  async judge(cut) {
    const { verified, differences } = await compare(this.shown, this.actual);
    if (verified && !cut) {
      this.printed.scrollTop = this.printed.scrollHeight;
      return this.say("verified", "as verified");
    }
    this.hold(false);
    if (!this.shown) return this.say("differs", "differs: it should print nothing");
    this.say("differs", "differs from what was verified");
    const lines = make("pre", "differences");
    for (const line of differences) {
      const element = line.startsWith("-") ? "del" : line.startsWith("+") ? "ins" : "span";
      lines.append(make(element, "", `${line}\n`));
    }
    this.printed.append(make("p", "", "Verified (−) and yours (+):"), lines);
  }

  /** @param {string} kind @param {string} text */
  append(kind, text) {
    if (!this.printed.isConnected) {
      this.hold(true);
      for (const output of this.outputs) output.hidden = true;
      (this.outputs.at(-1) ?? this.shell).after(this.printed);
    }
    if (kind === "html") {
      const template = make("template");
      template.innerHTML = text;
      this.actual += Array.from(template.content.children, canonical).join("");
      this.printed.append(template.content);
      return;
    }
    if (kind === "text") this.actual += text;
    let end = this.printed.lastElementChild;
    if (end?.className !== kind) this.printed.append((end = make(kind === "note" ? "p" : "pre", kind)));
    end.append(text);
  }

  clear() {
    this.height = this.outputs.reduce((sum, output) => sum + heightOf(output), 0) || heightOf(this.printed);
    this.actual = "";
    this.printed.replaceChildren();
    if (this.printed.isConnected) this.hold(true);
  }

  /** Keeps the height, so that an equal output moves nothing. A traceback has frames that the page leaves
   * out: they scroll. @param {boolean} yes */
  hold(yes) {
    const { style } = this.printed;
    style.minHeight = `${this.height}px`;
    style.maxHeight = yes && !this.edited && this.shown.includes("Traceback") ? style.minHeight : "";
  }

  /** If nothing was printed, nothing hangs below. */
  settle() {
    if (this.printed.childElementCount) return;
    if (this.outputs.length) this.append("note", "It printed nothing.");
    else this.printed.remove();
  }

  /** @param {boolean} yes */
  running(yes) {
    const { run, stop, reset } = this.buttons;
    const focused = [run, stop].includes(document.activeElement);
    run.hidden = yes;
    stop.hidden = !yes;
    reset.hidden = yes || (!this.editor && !this.printed.isConnected && !this.verdict);
    if (focused) (yes ? stop : run).focus();
  }

  async edit() {
    if (this.editor) return this.editor.focus();
    this.buttons.edit.disabled = true;
    try {
      const { createEditor } = await import(new URL("editor.js", import.meta.url).href);
      this.editor = createEditor({
        parent: this.pre,
        source: this.source.replace(/\n$/, ""),
        label: `Code of ${this.name}`,
        onRun: () => press(this.buttons.run),
        onChange: () => this.verdict && this.say("", ""),
        onEscape: () => this.buttons.run.focus(),
      });
      this.codeElement.hidden = true;
      this.buttons.reset.hidden = false;
      this.editor?.focus();
    } catch (error) {
      this.say("failed", "The editor cannot be fetched. Press Edit to try again.");
    }
    this.buttons.edit.disabled = false;
  }

  /** The block as it was when the page came. */
  reset() {
    this.editor?.destroy();
    this.editor = null;
    this.codeElement.hidden = false;
    this.printed.remove();
    for (const output of this.outputs) output.hidden = false;
    this.say("", "");
    if (document.activeElement === this.buttons.reset) this.buttons.run.focus();
    this.buttons.reset.hidden = true;
  }
}

/** What the page shows as printed by a block. @param {Element} shell @returns {any[]} */
function outputsOf(shell) {
  /** @type {any[]} */
  const outputs = [];
  const lab = shell.closest("[data-lab]");
  const next = () => (outputs.at(-1) ?? shell).nextElementSibling;
  if (!lab) return next()?.matches(".language-text") ? [next()] : [];
  while (next()?.matches(".picture, .printed")) outputs.push(next());
  return outputs;
}

const heightOf = (/** @type {Element} */ element) => element.getBoundingClientRect().height;

const textOf = (/** @type {Element} */ output) =>
  output.matches(".picture") ? canonical(output) : output.querySelector("code")?.textContent ?? "";

/** An element as text, whatever the order of its attributes. @param {Element} element */
function canonical(element) {
  const copy = /** @type {Element} */ (element.cloneNode(true));
  for (const each of [copy, ...copy.querySelectorAll("*")]) {
    const attributes = Array.from(each.attributes, ({ name, value }) => [name, value]).sort();
    for (const [name] of attributes) each.removeAttribute(name);
    for (const [name, value] of attributes) each.setAttribute(name, value);
  }
  return copy.outerHTML;
}

/** @type {Block[]} */
const blocks = [];
for (const bar of document.querySelectorAll(".runner:has(button)")) blocks.push(new Block(bar, blocks.length, blocks));

const total = /** @type {any} */ (summary?.querySelector("output")) ?? make("output");

function summarize() {
  const verified = blocks.filter(({ verdict }) => verdict === "verified").length;
  total.textContent = verified ? `${verified} of ${blocks.length} as verified in your browser` : "";
}

/** Runs all blocks. A screen reader hears the sum, and not each verdict. */
async function runAll() {
  const [runs, stops] = /** @type {any} */ (summary).querySelectorAll("button");
  [runs.hidden, stops.hidden] = [true, false];
  stops.focus();
  for (const { status } of blocks) status.ariaLive = "off";
  for (const block of blocks) {
    await block.run();
    if (block.verdict === "stopped") break;
  }
  for (const { status } of blocks) status.ariaLive = null;
  total.ariaLive = "polite";
  summarize();
  setTimeout(() => (total.ariaLive = "off"), SPOKEN_MS);
  [runs.hidden, stops.hidden] = [false, true];
  runs.focus();
}

/** Starts Python before it is asked for. */
export const prepare = () => isBroken() || start(sizes);

/** @param {HTMLButtonElement} button */
export async function press(button) {
  const block = blocks.find(({ bar }) => bar === button.parentElement);
  const what = button.textContent;
  if (what === "Stop") {
    stop();
    await last;
    prepare(); // so that the next run need not wait
  } else if (what === "Run all") await runAll();
  else if (what === "Edit") await block?.edit();
  else if (what === "Reset") block?.reset();
  else await block?.run();
}
