// Makes the memory snapshot: node --experimental-wasm-jspi snapshot.mjs PYODIDE FILES MODULES OUT
// PYODIDE is the package's folder, FILES the zip of what lies in /guide, MODULES the names to import.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const [folder, files, modules, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const python = await loadPyodide({
  _makeSnapshot: true,
  env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
});
python.unpackArchive(new Uint8Array(readFileSync(files)), "zip", { extractDir: "/guide" });
python.runPython("import sys; sys.path.insert(0, '/guide')");
python.pyimport("runner").keep(modules.split(" "));
writeFileSync(out, gzipSync(python.makeMemorySnapshot(), { level: 9 }));
