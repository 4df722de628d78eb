// The interpreter, in a worker: it can be ended whatever Python does. The page sends [id, name, …arguments]
// and gets [id, result] or [id, null, error]; before that what is shown, [kind, text], and ["bytes", number].
// What it asks for first is needed at once: it is fetched side by side.

const here = new URL(".", import.meta.url).href;
const wasm = "pyodide.asm.wasm";
const post = (/** @type {unknown[]} */ ...message) => postMessage(message);

/** @param {string} name @returns {Promise<Response>} */
async function get(name) {
  const response = await fetch(here + name);
  if (!response.ok) throw new Error(`${name}: the server answers ${response.status}`);
  return response;
}

/** The snapshot as it is kept from the last visit, or else as it is fetched.
 * @param {Cache | null} cache @returns {Promise<{memory: ArrayBuffer, kept: boolean}>} */
async function readSnapshot(cache) {
  const kept = await cache?.match(`${here}snapshot`);
  if (kept) return { memory: await kept.arrayBuffer(), kept: true };
  const { body } = await get("snapshot.gz");
  const counted = new TransformStream({
    transform(part, to) {
      post("bytes", part.length);
      to.enqueue(part);
    },
  });
  const unpacked = /** @type {ReadableStream} */ (body).pipeThrough(counted).pipeThrough(new DecompressionStream("gzip"));
  return { memory: await new Response(unpacked).arrayBuffer(), kept: false };
}

/** Keeps a snapshot for the next visit, and those of older builds no longer.
 * @param {Cache} cache @param {ArrayBuffer} memory */
async function keep(cache, memory) {
  for (const request of await cache.keys()) await cache.delete(request);
  await cache.put(`${here}snapshot`, new Response(memory));
}

/** @returns {Promise<void>} */
const never = () => new Promise(() => {});

/** Starts the interpreter: from the snapshot, or as Pyodide always does if there is no memory to start from.
 * @param {Promise<WebAssembly.Module>} compiled @param {Promise<any>} glue @param {ArrayBuffer} [memory] */
async function boot(compiled, glue, memory) {
  const { fetch } = globalThis;
  const [{ loadPyodide }, { lock }] = await Promise.all([import("./pyodide.mjs"), import("./lock.js")]);
  // Pyodide would compile what it fetches itself, and only after all the rest has come.
  globalThis.fetch = async (/** @type {any} */ address, options) => {
    const url = String(address.url ?? address);
    if (url.endsWith(wasm)) await never();
    return memory && url.endsWith(".zip") ? new Response(new Uint8Array()) : fetch(address, options);
  };
  try {
    const python = await loadPyodide({
      indexURL: here,
      env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
      lockFileContents: lock,
      packageBaseUrl: here,
      stdin: () => null,
      _loadSnapshot: memory,
      createPyodideModule: async (/** @type {any} */ settings) => {
        const { default: create } = await glue;
        WebAssembly.instantiateStreaming = async (_, imports) => {
          const module = await compiled;
          const instance = await WebAssembly.instantiate(module, imports);
          if (memory) makeRoom(instance, memory.byteLength);
          return { module, instance };
        };
        return create(settings);
      },
    });
    if (!memory) {
      python.unpackArchive(await (await get("files.zip")).arrayBuffer(), "zip", { extractDir: "/guide" });
      python.runPython("import sys; sys.path.insert(0, '/guide')");
    }
    const runner = python.pyimport("runner");
    runner.wake(readLibrary);
    return runner;
  } finally {
    globalThis.fetch = fetch;
  }
}

/** Pyodide copies a snapshot into the memory as it is at the start, which may be smaller.
 * @param {WebAssembly.Instance} instance @param {number} bytes */
function makeRoom({ exports }, bytes) {
  for (const memory of Object.values(exports)) {
    if (!(memory instanceof WebAssembly.Memory)) continue;
    const lacking = bytes - memory.buffer.byteLength;
    if (lacking > 0) memory.grow(Math.ceil(lacking / 65536));
  }
}

/** The standard library. Python waits for it, so the request does, too. */
function readLibrary() {
  const request = new XMLHttpRequest();
  request.open("GET", `${here}python_stdlib.zip`, false);
  request.responseType = "arraybuffer";
  request.send();
  if (request.status !== 200) throw new Error(`the server answers ${request.status}`);
  return new Uint8Array(request.response);
}

async function start() {
  const compiled = WebAssembly.compileStreaming(get(wasm));
  compiled.then(() => post("bytes", "wasm"), () => {});
  const glue = import("./pyodide.asm.mjs");
  glue.catch(() => {}); // it is awaited later
  const cache = await caches.open("synapse-field-guide-python").catch(() => null);
  try {
    const { memory, kept } = await readSnapshot(cache);
    // Pyodide would wait for ever for WebAssembly that does not come.
    const runner = await Promise.race([boot(compiled, glue, memory), compiled.then(never)]);
    if (cache && !kept) after = () => keep(cache, memory).catch(() => {}); // no room is no error
    return runner;
  } catch (error) {
    await Promise.all([compiled, glue]); // without these nothing starts
    await cache?.delete(`${here}snapshot`);
    console.warn(`The memory snapshot of Python does not load, so Python starts without it: ${error}`);
    return boot(compiled, glue);
  }
}

let after = async () => {}; // what waits until the first block has run
const started = start();
started.then(() => post("started"), (error) => post("failed", String(error)));

onmessage = async ({ data: [id, name, ...given] }) => {
  try {
    const call = (await started)[name];
    const promising = "Suspending" in WebAssembly; // else asyncio.run does not work
    post(id, await (promising ? call.callPromising(...given, post) : call(...given, post)));
  } catch (error) {
    post(id, null, String(error));
  }
  const once = after;
  after = async () => {};
  await once();
};
