/** The free lists and per-CPU lists of a machine as tables of counts. */
import type {MachineView, PcpView, ZoneView} from '../engine/model.ts';
import type {ListKey} from '../engine/protocol.ts';

/** Order of the pages on the two lists behind the regular ones: huge pages. */
const kHugeOrder = 9;
const kPcpTypes = 3;
const kRegularLists = 12;

/** Order of the blocks on a per-CPU list. The hot and the cold list of 2.6.18 hold pages. */
export function orderOfPcpList(list: number, view: MachineView): number {
  if (view.migratetypes.length === 1) return 0;
  return list < kRegularLists ? Math.floor(list / kPcpTypes) : kHugeOrder;
}

/** A cell of the per-CPU table. */
export interface PcpCell {
  readonly list: number;
  readonly count: number;
}

/**
 * Rows Unmovable, Movable, Reclaimable; columns orders 0 to 3 and, with huge pages, 9. The kernel
 * has only two lists of order 9, movable and all others, so Reclaimable has no cell of its own.
 */
export function pcpRows(pcp: PcpView): readonly (readonly (PcpCell | null)[])[] {
  const cell = (list: number): PcpCell => ({list, count: pcp.lists[list] ?? 0});
  return Array.from({length: kPcpTypes}, (_, type) => {
    const row: (PcpCell | null)[] = [0, 1, 2, 3].map((order) => cell(kPcpTypes * order + type));
    if (pcp.lists.length > kRegularLists) row.push(type < 2 ? cell(kRegularLists + type) : null);
    return row;
  });
}

/** Blocks of one order over all migratetypes: what /proc/buddyinfo prints. */
export function blocksOfOrder(zone: ZoneView, order: number): number {
  return (zone.freeBlocks[order] ?? []).reduce((sum, blocks) => sum + blocks, 0);
}

/** Migratetypes worth a row: the three usual ones, and any other that has a block or pageblock. */
export function shownTypes(view: MachineView): readonly number[] {
  return view.migratetypes.flatMap((name, type) => {
    const used = view.zones.some((zone) => zone.freeBlocks.some((row) => (row[type] ?? 0) > 0));
    const letter = name.charAt(0);
    const owned = view.zones.some((zone) => zone.pageblocks.includes(letter));
    return type < kPcpTypes || used || owned ? [type] : [];
  });
}

export function sameList(one: ListKey | null, two: ListKey | null): boolean {
  return JSON.stringify(one) === JSON.stringify(two);
}

/** The list as kernel code names it. */
export function listName(key: ListKey, view: MachineView): string {
  const zone = view.zones[key.zone]?.name ?? '';
  if (key.kind === 'free') {
    if (view.migratetypes.length === 1) return `${zone}: free_area[${key.order}].free_list`;
    const type = view.migratetypes[key.migratetype] ?? '';
    return `${zone}: free_area[${key.order}].free_list[${type}]`;
  }
  if (view.migratetypes.length === 1) {
    return `${zone}: ${key.list === 0 ? 'hot' : 'cold'} list of CPU ${key.cpu}`;
  }
  return `${zone}: per-CPU list ${key.list} of CPU ${key.cpu}`;
}

/** Order of the blocks on a list. */
export function orderOfList(key: ListKey, view: MachineView): number {
  return key.kind === 'free' ? key.order : orderOfPcpList(key.list, view);
}
