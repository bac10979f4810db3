/**
 * The engine in two parts, so that a page draws before all of it has come. The build puts what the
 * page's first minute calls into one file (scripts/split_engine.mjs); in it, a stand-in takes the
 * place of every function of the other. The first call of any stand-in brings the rest.
 */
import type {NativeModule} from './native.d.ts';
import {startEngine} from './start.ts';

export interface SplitEngine {
  readonly first: WebAssembly.Module;
  /** Gives the other part, now: the engine is in the middle of a call. */
  readonly rest: () => WebAssembly.Module;
}

type Exports = WebAssembly.Exports;
type AnyFunction = (...words: unknown[]) => unknown;

function tableOf(exports: Exports): WebAssembly.Table {
  for (const one of Object.values(exports)) if (one instanceof WebAssembly.Table) return one;
  throw new Error('the first part of the engine exports no table');
}

/** Makes the stand-ins. Each is asked for by the place in the table that it keeps. */
function standIns(
  rest: () => WebAssembly.Module,
  exports: () => Exports,
): WebAssembly.ModuleImports {
  const functions: Record<string, AnyFunction> = {};
  return new Proxy(functions, {
    get: (_target, place) => {
      return (...words: unknown[]) => {
        // Becoming an instance, the rest puts its functions into the places of all stand-ins.
        new WebAssembly.Instance(rest(), {primary: exports()});
        const arrived: AnyFunction = tableOf(exports()).get(Number(place));
        return arrived(...words);
      };
    },
  });
}

/** Makes an engine with its own memory of the two parts. */
export function startSplitEngine({first, rest}: SplitEngine): Promise<NativeModule> {
  const instantiate = async (imports: WebAssembly.Imports) => {
    const placeholder = standIns(rest, () => instance.exports);
    const instance = await WebAssembly.instantiate(first, {...imports, placeholder});
    return instance;
  };
  return startEngine({module: first, instantiate});
}
