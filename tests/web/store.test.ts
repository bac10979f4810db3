// Goal: wishes are merged and never lost, one request at a time, and a fork is told from a replay.
// Method: an engine that answers when the test says so.
import {describe, expect, it} from 'vitest';
import type {EnginePort} from '../../web/src/engine/client.ts';
import type {EngineCommand, Moment, RequestBody} from '../../web/src/engine/protocol.ts';
import {shapeOfRecording} from '../../web/src/engine/recording_shape.ts';
import {IdleWatch} from '../../web/src/page/idle.ts';
import {bundled} from '../../web/src/page/sources.ts';
import {Store} from '../../web/src/page/store.ts';

const kLength = 100;

function momentAt(step: number): Moment {
  return {
    view: {step, length: kLength},
    step: null,
    story: null,
    frames: new Uint8Array(0),
    block: null,
    list: null,
    held: [],
    fork: null,
    refused: null,
  } as unknown as Moment;
}

class SlowEngine implements EnginePort {
  readonly asked: (readonly EngineCommand[])[] = [];
  #answers: (() => void)[] = [];
  #step = 0;

  request(body: RequestBody): Promise<never> {
    this.asked.push(body.commands);
    for (const command of body.commands)
      this.#step = command.op === 'seek' ? command.step : this.#step + 1;
    const moment = momentAt(this.#step);
    const value = body.kind === 'open' ? {shape: {dumps: [], heldPages: []}, moment} : moment;
    return new Promise((resolve) => {
      this.#answers.push(() => resolve(value as never));
    });
  }

  async answer(): Promise<void> {
    this.#answers.shift()?.();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

async function opened(): Promise<{store: Store; engine: SlowEngine}> {
  const engine = new SlowEngine();
  const store = new Store(engine, new IdleWatch(), () => Promise.resolve());
  void store.open(bundled('mixed-1'));
  await engine.answer();
  return {store, engine};
}

describe('the store', () => {
  it('adds steps up while one is under way, and asks once for the rest', async () => {
    const {store, engine} = await opened();
    for (let press = 0; press < 4; press += 1) store.stepBy(1);
    expect(engine.asked).toHaveLength(2);
    await engine.answer();
    await engine.answer();
    expect(store.state.moment?.view.step).toBe(4);
    expect(engine.asked.slice(1)).toEqual([[{op: 'seek', step: 1}], [{op: 'seek', step: 4}]]);
  });

  it('keeps steps within the timeline', async () => {
    const {store, engine} = await opened();
    store.stepBy(-5);
    await engine.answer();
    expect(store.state.moment?.view.step).toBe(0);
    store.seek(1e9);
    await engine.answer();
    expect(store.state.moment?.view.step).toBe(kLength);
  });

  it('never drops a call of the user for a later wish', async () => {
    const {store, engine} = await opened();
    store.seek(10);
    store.run({op: 'drain_local_pages'});
    store.stepBy(-1);
    await engine.answer();
    await engine.answer();
    expect(engine.asked[2]?.map((command) => command.op)).toEqual(['run', 'seek']);
    expect(engine.asked[2]?.at(-1)).toEqual({op: 'seek', step: 10});
  });
});

describe('the outline of a recording', () => {
  it('has the dumps after boot and the pages held', () => {
    const lines = [
      '{"t":"meta"}',
      '{"t":"zone","zone":"DMA"}',
      '{"t":"zone","zone":"DMA32"}',
      '{"i":0,"op":"A","s":0,"o":2,"r":16}',
      '{"i":1,"op":"A","s":1,"o":0,"r":-1}',
      '{"t":"zone","zone":"DMA"}',
      '{"t":"zone","zone":"DMA32"}',
      '{"i":2,"op":"B","s":2,"n":3,"r":[1,2,3]}',
      '{"i":3,"op":"F","s":0,"r":16,"o":2}',
      'broken "op": line',
      '{"t":"end"}',
    ];
    const shape = shapeOfRecording(lines.join('\n'));
    expect(shape).toEqual({dumps: [2], heldPages: [0, 4, 4, 7, 3]});
  });
});
