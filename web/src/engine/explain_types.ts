/** What an explanation is made of. */

/** What a step of the path is about; the page gives each kind its own mark. */
export type StepKind = 'check' | 'take' | 'split' | 'merge' | 'put' | 'steal' | 'fail' | 'note';

/** One number that took part in a decision. */
export interface DecisionNumber {
  readonly label: string;
  readonly value: number;
}

/** One decision of the kernel, or a group of alike ones. */
export interface DecisionStep {
  readonly kind: StepKind;
  /** A few words: what was looked at or done. */
  readonly title: string;
  /** One sentence or formula: why, with the numbers. */
  readonly detail: string;
  /** The kernel's function and file, e.g. "expand(), mm/page_alloc.c". */
  readonly kernel: string;
  /** The numbers behind `detail`, in pages unless the label says otherwise. */
  readonly numbers?: readonly DecisionNumber[];
  /** First frame of the block it is about. */
  readonly pfn?: number;
  /** log2(pages) of that block. */
  readonly order?: number;
  /** What a group stands for, in order. */
  readonly children?: readonly DecisionStep[];
}

/** How a zone's free pages stood to what the call asked of it. */
export interface ZoneCheck {
  /** Index in MachineView.zones. */
  readonly zone: number;
  readonly passed: boolean;
  /** The comparison as the kernel made it, e.g. "free 388 ≤ low 1250 + reserve 100". */
  readonly text: string;
  /** Free pages that had to be exceeded: watermark, lowmem_reserve and the block itself. */
  readonly needs: number;
}

/** What one call did and why. */
export interface Explanation {
  /** One sentence for a student, precise enough for an engineer. */
  readonly sentence: string;
  /** Every decision in order; long runs of alike ones are one step with children. */
  readonly path: readonly DecisionStep[];
  /** The last watermark check of each zone that was looked at. */
  readonly checks: readonly ZoneCheck[];
}
