/**
 * kmem-playground/engine: the Linux page allocator, page frame by page frame.
 *
 * ```ts
 * import {createSession} from 'kmem-playground/engine';
 *
 * using session = await createSession();
 * session.bootPristine({memory_mib: 256});
 * const step = session.run({op: 'alloc_pages', gfp: 'GFP_KERNEL', order: 3});
 * console.log(step.pfns, session.explain()?.sentence);
 * ```
 *
 * Page frame numbers and orders are the kernel's; memory amounts are page frames of 4 KiB.
 *
 * @packageDocumentation
 */

export {createSession} from './create_session.ts';
export * from './errors.ts';
export {decodeEvents} from './events.ts';
export {
  type DecisionNumber,
  type DecisionStep,
  type ExplainStep,
  type ExplainView,
  type Explanation,
  explain,
  type StepKind,
} from './explain.ts';
export * from './frame_state.ts';
export {
  formatGfp,
  type GfpName,
  kAllGfpBits,
  kGfpComposites,
  kGfpFlags,
  kGfpNames,
  parseGfp,
  suggestGfpName,
} from './gfp.ts';
export {gunzip, isGzip, kMaxRecordingBytes, unpackRecording} from './gunzip.ts';
export * as kernel from './kernel_calls.ts';
export * as mempool from './kernel_mempool.ts';
export {loadKmem, type WasmSource} from './load.ts';
export * from './model.ts';
export type {NativeError, NativeModule, NativeSession} from './native.d.ts';
export {Session} from './session.ts';
export * from './trace_events.gen.ts';
