/**
 * Stands in for the glue while the engine is not built yet, so that types can be checked without
 * a C++ compiler. What the glue really exports is the default export of native.d.ts.
 */
declare module '*/kmem.mjs' {
  const createKmemModule: unknown;
  export default createKmemModule;
}
