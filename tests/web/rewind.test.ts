// Goal: time travel is exact: going back and forth in any script gives the very same machine, and
// no script of a user breaks an invariant or brings an error without a name.
// Method: random scripts on random pristine machines; state hashes noted on the way.
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {KmemError} from '../../web/src/engine/errors.ts';
import type {MachineConfig, UserCommand} from '../../web/src/engine/model.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {realSession} from './real_engine.ts';

const kGfp = [
  ...['GFP_KERNEL', 'GFP_ATOMIC', 'GFP_NOWAIT', 'GFP_HIGHUSER_MOVABLE'],
  ...['GFP_KERNEL|__GFP_RECLAIMABLE', 'GFP_KERNEL|__GFP_COMP', 'GFP_DMA', 'GFP_NOWAIT|__GFP_HIGH'],
];

/** A command; a free names what it frees by a number that is reduced to the live blocks. */
type Draw = readonly [kind: number, gfp: string, order: number, pick: number];

const drawn: fc.Arbitrary<Draw> = fc.tuple(
  fc.nat(19),
  fc.constantFrom(...kGfp),
  fc.oneof(fc.nat(3), fc.nat(10)),
  fc.nat(1 << 20),
);
const machine: fc.Arbitrary<MachineConfig> = fc.record({
  memory_mib: fc.integer({min: 16, max: 160}),
  cpus: fc.integer({min: 1, max: 3}),
  thp: fc.boolean(),
});

interface Live {
  readonly pfn: number;
  readonly order: number;
}

function commandOf([kind, gfp, order, pick]: Draw, live: readonly Live[]): UserCommand {
  // With nothing alive, and now and then anyway, a frame that nobody owns is freed.
  const block = kind === 19 ? undefined : live[pick % Math.max(live.length, 1)];
  if (kind < 8) return {op: 'alloc_pages', gfp, order};
  if (kind < 10) return {op: '__get_free_pages', gfp, order};
  if (kind < 11) return {op: 'alloc_pages_exact', gfp, bytes: (pick % 40_000) + 1};
  if (kind < 12) return {op: 'drain_local_pages'};
  return {op: '__free_pages', pfn: block?.pfn ?? pick % 40_960, order: block?.order ?? order};
}

/** Runs the script and returns the state hash of every step. */
function runScript(session: Session, script: readonly Draw[]): string[] {
  const live: Live[] = [];
  const hashes = [session.stateHash()];
  for (const draw of script) {
    const command = commandOf(draw, live);
    try {
      const {pfns} = session.run(command);
      if (command.op === 'alloc_pages' && pfns.length > 0) {
        live.push({pfn: pfns[0]!, order: command.order});
      }
      hashes.push(session.stateHash());
      expect(session.explain()?.sentence).toMatch(/^["A-Z].*\.$/);
    } catch (error) {
      if (!(error instanceof KmemError) || error.code === 'EngineFailure') throw error;
    }
  }
  return hashes;
}

test('every step has the same hash forward and backward', async () => {
  const script = fc.array(drawn, {minLength: 1, maxLength: 60});
  const places = fc.array(fc.nat(60), {maxLength: 6});
  await fc.assert(
    fc.asyncProperty(machine, script, places, async (config, draws, steps) => {
      const session = await realSession();
      session.bootPristine(config);
      const hashes = runScript(session, draws);
      expect(hashes).toHaveLength(session.length + 1);
      for (const place of steps) {
        const step = place % hashes.length;
        session.seek(step);
        expect([session.stateHash(), session.verify()]).toEqual([hashes[step], null]);
      }
      session.dispose();
    }),
    {numRuns: 40},
  );
});
