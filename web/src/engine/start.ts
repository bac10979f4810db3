/** Starting the engine through Emscripten's glue, once its bytes or its module are there. */
import type createNativeModule from './native.d.ts';
import type {NativeModule} from './native.d.ts';
import glue from './wasm/kmem.mjs';

/** Emscripten's hook for a module that is compiled already; native.d.ts leaves it out. */
interface InstantiateOption {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}

type Create = typeof createNativeModule;
type CreateOptions = Parameters<Create>[0];
export type Instantiate = (imports: WebAssembly.Imports) => Promise<WebAssembly.Instance>;

/** The glue waits for `done` for ever, so a failure to instantiate must be told past it. */
function createCompiled(
  module: WebAssembly.Module,
  instantiate: Instantiate,
  printErr: (text: string) => void,
): Promise<NativeModule> {
  return new Promise((resolve, reject) => {
    const hooked: CreateOptions & InstantiateOption = {
      wasmBinary: new Uint8Array(),
      printErr,
      instantiateWasm(imports, done) {
        instantiate(imports).then((instance) => done(instance, module), reject);
        return {};
      },
    };
    (glue as Create)(hooked).then(resolve, reject);
  });
}

/**
 * Makes an engine with its own memory.
 *
 * @param engine its bytes, or with `instantiate` the module that this makes an instance of.
 */
export async function startEngine(
  engine: Uint8Array | {module: WebAssembly.Module; instantiate: Instantiate},
): Promise<NativeModule> {
  let started = false;
  // The engine reports through errors and events; what it prints is the text of an assertion. What
  // the glue prints before is in the error that it throws.
  const printErr = (text: string) => {
    if (started) console.error(text);
  };
  const native =
    engine instanceof Uint8Array
      ? await (glue as Create)({wasmBinary: engine, printErr})
      : await createCompiled(engine.module, engine.instantiate, printErr);
  started = true;
  return native;
}
