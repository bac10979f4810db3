/** The words of the explanations: names from the machine's view, numbers as people read them. */
import type {MachineView} from './model.ts';

/** What an explanation needs to know about the machine. */
export type ExplainView = Pick<MachineView, 'migratetypes' | 'pageblockOrder' | 'zones'>;

/** 1 page, 2 pages. */
export function count(amount: number, noun: string): string {
  return amount === 1 ? `1 ${noun}` : `${amount} ${noun}s`;
}

/** "6", "6 and 5", "6, 5 and 4". */
export function listed(items: readonly (number | string)[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** Page frame numbers are printed as the kernel prints them in reports. */
export function hex(pfn: number | bigint): string {
  return `0x${pfn.toString(16)}`;
}

/** A number of 64 bits that an event has in two halves. */
export function wide(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

const kVmallocStart = 0xffff_c900_0000_0000n;

/** Address of a page counted from VMALLOC_START, on x86-64 with four levels of page tables. */
export function vmallocAddress(page: number): string {
  return hex(kVmallocStart + (BigInt(page) << 12n));
}

/** "page frame 0x100aa0", "order-3 block 0x100aa0". */
export function block(order: number, pfn: number): string {
  return order === 0 ? `page frame ${hex(pfn)}` : `order-${order} block ${hex(pfn)}`;
}

/** The same with an article, to stand inside a sentence. */
export function theBlock(order: number, pfn: number): string {
  return order === 0 ? block(order, pfn) : `the ${block(order, pfn)}`;
}

/** "order-10 Movable block 0x100400", "Movable page frame 0x100400". */
export function typedBlock(order: number, type: string, pfn: number): string {
  return order === 0
    ? `${type} page frame ${hex(pfn)}`
    : `order-${order} ${type} block ${hex(pfn)}`;
}

/** Pages of a block. */
export function pagesIn(order: number): number {
  return 2 ** order;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Names of one machine's zones and lists. */
export class Words {
  readonly pageblockOrder: number;
  /** Whether free blocks are grouped by migratetype. */
  readonly grouped: boolean;
  readonly #view: ExplainView;
  readonly #nodes: number;

  constructor(view: ExplainView) {
    this.#view = view;
    this.pageblockOrder = view.pageblockOrder;
    this.grouped = view.migratetypes.length > 1;
    this.#nodes = new Set(view.zones.map((zone) => zone.node)).size;
  }

  /** "zone Normal", with the node when there are several. */
  zone(index: number | null): string {
    if (index === null) return 'the machine';
    const zone = this.#view.zones[index];
    if (!zone) return `zone ${index}`;
    return this.#nodes > 1 ? `zone ${zone.name} of node ${zone.node}` : `zone ${zone.name}`;
  }

  /** Name of the zone type that `zone_idx()` stands for. */
  zoneType(zoneIdx: number): string {
    const last = this.grouped ? 'Movable' : 'HighMem';
    return ['DMA', 'DMA32', 'Normal', last, 'Device'][zoneIdx] ?? `zone type ${zoneIdx}`;
  }

  type(migratetype: number): string {
    return this.#view.migratetypes[migratetype] ?? `type ${migratetype}`;
  }

  /**
   * Per-CPU list: "order-0 Unmovable". Lists 12 and 13 hold blocks of pageblock size. 2.6.18 has
   * a hot and a cold one instead.
   */
  pcpList(list: number): string {
    if (!this.grouped) return list === 0 ? 'hot' : 'cold';
    if (list >= 12) {
      const kind = list === 13 ? this.type(1) : `${this.type(0)}/${this.type(2)}`;
      return `order-${this.pageblockOrder} ${kind}`;
    }
    return `order-${Math.floor(list / 3)} ${this.type(list % 3)}`;
  }
}
