/** How to give back what a person holds. */
import type {UserCommand} from '../engine/model.ts';
import type {HeldBlock} from '../engine/protocol.ts';

/** The call that gives a block or an area back. */
export function freeOf(held: HeldBlock): UserCommand {
  if (held.address !== '') return {op: 'vfree', address: held.address};
  if (held.op === 'alloc_pages_exact') {
    return {op: 'free_pages_exact', pfn: held.pfn, bytes: held.bytes};
  }
  const byAddress = held.op === '__get_free_pages' || held.op === 'get_zeroed_page';
  return {op: byAddress ? 'free_pages' : '__free_pages', pfn: held.pfn, order: held.order};
}
