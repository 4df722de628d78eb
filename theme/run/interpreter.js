// The page's side of the interpreter: one worker, which is started when it is wanted and ended by `stop`.

/** @typedef {{name: string, source: string, module: string | null}} Code */
/** @typedef {(kind: string, text: string) => void} Show */

/** @type {Worker | null} */
let worker = null;
let started = false;
let calls = 0;
/** @type {Map<number, {resolve: (value: any) => void, reject: (reason: Error) => void}>} */
const waiting = new Map();
/** @type {Show} */
let show = () => {};
let [bytes, ofWasm] = [0, 0];

export class Stopped extends Error {}

/** Starts the interpreter, if it is not there.
 * @param {{wasm: number}} sizes in bytes */
export function start({ wasm }) {
  if (worker) return;
  [started, bytes, ofWasm] = [false, 0, wasm];
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: [to, value, error] }) => {
    if (to === "started") started = true;
    else if (to === "bytes") show("bytes", String((bytes += value === "wasm" ? ofWasm : value)));
    else if (typeof to === "string") show(to, value);
    else {
      const { resolve, reject } = /** @type {any} */ (waiting.get(to));
      waiting.delete(to);
      if (error) end(new Error(error), reject);
      else resolve(JSON.parse(value));
    }
  };
  worker.onerror = (event) => end(new Error(event.message || "its files cannot be fetched"));
}

export const isStarted = () => started;

/** Ends the interpreter, whatever it does. */
export const stop = () => end(new Stopped());

/** @param {Error} reason @param {(reason: Error) => void} [also] */
function end(reason, also) {
  worker?.terminate();
  worker = null;
  also?.(reason);
  for (const { reject } of waiting.values()) reject(reason);
  waiting.clear();
}

/** @param {string} name @param {unknown[]} given @returns {Promise<any>} */
function call(name, ...given) {
  return new Promise((resolve, reject) => {
    waiting.set(++calls, { resolve, reject });
    /** @type {Worker} */ (worker).postMessage([calls, name, ...given]);
  });
}

/** Runs blocks; what the last one prints goes to `to` as it comes.
 * @param {Code[]} blocks @param {Show} to @returns {Promise<{raised: boolean, cut: number}>} */
export function run(blocks, to) {
  show = to;
  return call("run", JSON.stringify(blocks));
}

/** @param {string} shown @param {string} actual @returns {Promise<{verified: boolean, differences: string[]}>} */
export const compare = (shown, actual) => call("compare", shown, actual);
